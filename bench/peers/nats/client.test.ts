import { expect, test } from 'vitest';
import { LineRecorder, testPayload, testSpec, TEST_PAYLOAD_BYTES } from '../../clients/line-recorder.ts';
import type { ClientSession, ClientSpec } from '../../clients/client-protocol.ts';
import { JETSTREAM_PROTOCOL, NATS_PROTOCOL } from './client.ts';

const delivery = (n: number, { sid = 2, stream = 100 + n, consumer = n + 1 } = {}): string =>
  `MSG r.lobby ${sid} $JS.ACK.bench.c.1.${stream}.${consumer}.17.0 ${TEST_PAYLOAD_BYTES}\r\n${testPayload(n)}\r\n`;

const answer = (subject: string, body: object): string => {
  const text = JSON.stringify(body);
  return `MSG ${subject} 1 ${text.length}\r\n${text}\r\n`;
};

const status = (reply: string, headers: string): string =>
  `HMSG _INBOX.own.d1 2 ${reply} ${headers.length} ${headers.length}\r\n${headers}\r\n`;

function memberOf(spec: Partial<ClientSpec> = {}): {
  line: LineRecorder;
  session: ClientSession;
  hear: (text: string) => void;
} {
  const line = new LineRecorder();
  const session = JETSTREAM_PROTOCOL.session(testSpec({ isResumable: true, ...spec }), line);
  session.opened();
  return { line, session, hear: (text) => session.received(Buffer.from(text), true) };
}

test('a core member is ready when its subscription was taken, and answers a PING', () => {
  const line = new LineRecorder();
  const session = NATS_PROTOCOL.session(testSpec(), line);

  session.opened();
  expect(line.sent[0]).toMatch(/^CONNECT \{.*\}\r\nSUB r\.lobby 1\r\nPING\r\n$/);
  session.received(Buffer.from('INFO {}\r\nPO'), true);
  expect(line.readies).toBe(0);
  session.received(Buffer.from(`NG\r\nMSG r.lobby 1 ${TEST_PAYLOAD_BYTES}\r\n${testPayload(5)}\r\nPING\r\n`), true);

  expect(line.readies).toBe(1);
  expect(line.delivered).toEqual([5]);
  expect(line.sent.at(-1)).toBe('PONG\r\n');
});

test('a member of a stream begins with what is new, and stands behind what it received', () => {
  const { line, session, hear } = memberOf();

  expect(line.sent[0]).toContain('"deliver_policy":"new"');
  hear(answer('_INBOX.own.api', { delivered: { stream_seq: 99 } }));
  expect(line.readies).toBe(1);
  expect(session.cursor?.()).toBe(99);
  hear(delivery(0) + delivery(1));

  expect(line.delivered).toEqual([0, 1]);
  expect(session.cursor?.()).toBe(101);
});

test('a consumer that is made again before the first one was confirmed still makes a member ready, once', () => {
  const { line, hear } = memberOf({ resume: 99 });
  hear(delivery(0, { consumer: 6 }));
  expect(line.sent.at(-1)).toContain('UNSUB 2');

  hear(answer('_INBOX.own.api', { delivered: { stream_seq: 99 } }));
  hear(answer('_INBOX.own.api', { delivered: { stream_seq: 99 } }));
  hear(delivery(0, { sid: 3 }));

  expect(line.readies).toBe(1);
  expect(line.delivered).toEqual([0]);
});

test('the next connection of a client does not listen to what the last one left behind', () => {
  const subjects = [memberOf(), memberOf()].map(({ line }) => /"deliver_subject":"([^"]+)"/.exec(line.sent[0]!)?.[1]);

  expect(new Set(subjects).size).toBe(2);
});

test('a member that comes back asks for what is behind its place', () => {
  const { line } = memberOf({ resume: 101 });

  expect(line.sent[0]).toContain('"deliver_policy":"by_start_sequence","opt_start_seq":102');
});

test('a lost delivery has the consumer made again behind the last message, and the rest of the old one is left out', () => {
  const { line, hear } = memberOf();
  hear(answer('_INBOX.own.api', { delivered: { stream_seq: 99 } }));

  hear(delivery(0) + delivery(2) + delivery(3));
  expect(line.delivered).toEqual([0]);
  expect(line.sent.at(-1)).toMatch(/^UNSUB 2\r\nSUB _INBOX\.\w+\.d2 3\r\n[^]*"opt_start_seq":101/);
  hear(answer('_INBOX.own.api', {}) + delivery(1, { sid: 3, consumer: 1 }) + delivery(2, { sid: 3, consumer: 2 }));

  expect(line.delivered).toEqual([0, 1, 2]);
  expect(line.readies).toBe(1);
  expect(line.faults).toEqual([]);
});

test('flow control is answered, and a heartbeat that tells of more than came has the consumer made again', () => {
  const { line, hear } = memberOf();
  hear(answer('_INBOX.own.api', { delivered: { stream_seq: 99 } }) + delivery(0));

  hear(status('$JS.FC.1', 'NATS/1.0 100 FlowControl Request\r\n\r\n'));
  expect(line.sent.at(-1)).toBe('PUB $JS.FC.1 0\r\n\r\n');
  hear(status('', 'NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 1\r\nNats-Last-Stream: 100\r\n\r\n'));
  expect(line.sent.at(-1)).toBe('PUB $JS.FC.1 0\r\n\r\n');
  hear(status('', 'NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 2\r\nNats-Last-Stream: 101\r\n\r\n'));

  expect(line.sent.at(-1)).toContain('"opt_start_seq":101');
});

test('a publish to a stream is acknowledged by its place in it, and an error is a fault', () => {
  const line = new LineRecorder();
  const session = JETSTREAM_PROTOCOL.session(testSpec({ role: 'publisher' }), line);
  session.opened();
  session.received(Buffer.from('PONG\r\n'), true);

  session.publish('hello', 7);
  expect(line.sent.at(-1)).toMatch(/^PUB r\.lobby _INBOX\.\w+\.7 5\r\nhello\r\n$/);
  session.received(Buffer.from(answer('_INBOX.own.7', { stream: 'bench', seq: 1 })), true);
  session.received(Buffer.from(answer('_INBOX.own.8', { error: { code: 503 } })), true);

  expect(line.acks).toBe(1);
  expect(line.faults).toHaveLength(1);
});
