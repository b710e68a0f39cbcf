import { expect, test } from 'vitest';
import type { ClientLine, ClientSpec } from '../../clients/client-protocol.ts';
import { isPayload, numberOf, writePayload } from '../../clients/payload.ts';
import { HOLDLINE_PROTOCOL } from './client.ts';

const SPEC: ClientSpec = {
  role: 'member',
  room: 'lobby',
  id: 'alice',
  isResumable: true,
  isAcknowledged: false,
  payloadBytes: 64,
};

function open(spec: Partial<ClientSpec> = {}) {
  const heard = {
    sent: [] as string[],
    numbers: [] as number[],
    acked: 0,
    ready: 0,
    resumed: [] as boolean[],
    faults: 0,
  };
  const line: ClientLine = {
    sendText: (text) => void heard.sent.push(text),
    sendBinary: () => {},
    ready: () => void (heard.ready += 1),
    deliver(bytes, at) {
      if (!isPayload(bytes, at)) return false;
      heard.numbers.push(numberOf(bytes, at));
      return true;
    },
    deliverAll(bytes) {
      for (let at = 0; at < bytes.length; at++) if (isPayload(bytes, at)) heard.numbers.push(numberOf(bytes, at));
    },
    acked: (count) => void (heard.acked += count),
    resumed: (isWhole) => void heard.resumed.push(isWhole),
    fault: () => void (heard.faults += 1),
  };
  const session = HOLDLINE_PROTOCOL.session({ ...SPEC, ...spec }, line);
  const receive = (frame: unknown): void =>
    session.received(Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)), false);
  return { session, heard, receive };
}

const message = (n: number) => ({
  type: 'message',
  room: 'lobby',
  id: `1700000000000-${n + 1}`,
  event: 'm',
  messageId: `p-${n}`,
  sender: null,
  data: writePayload(0, n, 1, 64),
});

test('messages are read one by one and from a batch, and the cursor follows', () => {
  const { session, heard, receive } = open();

  receive(message(0));
  expect(session.cursor!()).toBe('1700000000000-1~p-0');
  receive({ type: 'batch', frames: [message(1), message(2)] });

  expect(heard.numbers).toEqual([0, 1, 2]);
  expect(session.cursor!()).toBe('1700000000000-3~p-2');
  expect(heard.faults).toBe(0);
});

test('a member is ready when it is live, and says whether a resume was whole', () => {
  const whole = open({ resume: '5-5~x' });
  whole.session.opened();
  whole.receive({ type: 'welcome' });
  whole.receive({ type: 'batch', frames: [message(0), { type: 'live', room: 'lobby' }] });

  const broken = open({ resume: '5-5~x' });
  broken.receive({ type: 'gap', room: 'lobby' });
  broken.receive({ type: 'live', room: 'lobby' });

  expect(JSON.parse(whole.heard.sent[0]!)).toMatchObject({ type: 'hello', joins: [{ room: 'lobby', since: '5-5~x' }] });
  expect([whole.heard.ready, whole.heard.resumed]).toEqual([1, [true]]);
  expect([broken.heard.ready, broken.heard.resumed]).toEqual([1, [false]]);
});

test('a publisher is ready with its welcome and counts acks, alone and in a batch', () => {
  const { session, heard, receive } = open({ role: 'publisher' });
  const ack = { type: 'ack', room: 'lobby', messageId: 'alice-0', id: '1-1', duplicate: false };

  session.opened();
  receive({ type: 'welcome' });
  session.publish(writePayload(0, 0, 1, 64), 0);
  receive(ack);
  receive({ type: 'batch', frames: [ack, ack] });

  expect([heard.ready, heard.acked]).toEqual([1, 3]);
  expect(JSON.parse(heard.sent[1]!)).toMatchObject({ type: 'publish', messageId: 'alice-0', event: 'm' });
});

test('a refused publish is a fault and is withdrawn, alone and in a batch; a ping is answered', () => {
  const { heard, receive } = open({ role: 'publisher' });
  const nack = (n: number) => ({
    type: 'nack',
    room: 'lobby',
    messageId: `alice-${n}`,
    code: 'overloaded',
    retry: 'backoff',
  });
  const ack = { type: 'ack', room: 'lobby', messageId: 'alice-1', id: '1-1', duplicate: false };
  const withdraw = (n: number): string => `{"type":"withdraw","room":"lobby","messageId":"alice-${n}"}`;

  receive(nack(0));
  receive({ type: 'batch', frames: [ack, nack(2)] });
  receive({ type: 'ping' });

  expect([heard.faults, heard.acked]).toEqual([2, 1]);
  expect(heard.sent).toEqual([withdraw(0), withdraw(2), '{"type":"pong"}']);
});
