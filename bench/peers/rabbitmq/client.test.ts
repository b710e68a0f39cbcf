import { expect, test } from 'vitest';
import { eventually } from '@holdline/testkit';
import { LineRecorder, testPayload, testSpec, TEST_PAYLOAD_BYTES } from '../../clients/line-recorder.ts';
import { STOMP_PROTOCOL } from './client.ts';
import { stompFrame } from './codec.ts';

const CONNECTED = stompFrame('CONNECTED', { version: '1.2' });
const message = (n: number): string =>
  `${stompFrame('MESSAGE', { ack: `a${n}`, 'content-length': String(TEST_PAYLOAD_BYTES) }, testPayload(n))}\n`;

test('a member that will come back has a queue of its own, and acknowledges the last of what came in a turn', async () => {
  const line = new LineRecorder();
  const session = STOMP_PROTOCOL.session(testSpec({ isResumable: true }), line);

  session.opened();
  session.received(Buffer.from(CONNECTED), false);
  expect(line.sent.at(-1)).toContain('\nx-queue-name:alice\n');
  expect(line.sent.at(-1)).toContain('\nack:client\n');
  session.received(Buffer.from(stompFrame('RECEIPT', { 'receipt-id': 'subscribed' }) + message(0) + message(1)), false);

  expect(line.readies).toBe(1);
  expect(line.delivered).toEqual([0, 1]);
  await eventually(() => expect(line.sent.at(-1)).toBe('ACK\nid:a1\n\n\0'));
  expect(line.sent.filter((frame) => frame.startsWith('ACK'))).toHaveLength(1);
  expect(line.faults).toEqual([]);
});

test('any other member has a queue that goes with its connection', () => {
  const line = new LineRecorder();
  const session = STOMP_PROTOCOL.session(testSpec(), line);

  session.received(Buffer.from(CONNECTED), false);

  expect(line.sent).toEqual(['SUBSCRIBE\nid:alice\ndestination:/topic/lobby\nreceipt:subscribed\n\n\0']);
});

test('publishes are confirmed when that is asked for', () => {
  const line = new LineRecorder();
  const session = STOMP_PROTOCOL.session(testSpec({ role: 'publisher', isAcknowledged: true }), line);

  session.received(Buffer.from(CONNECTED), false);
  session.publish('hello', 3);
  session.received(Buffer.from(stompFrame('RECEIPT', { 'receipt-id': '3' })), false);

  expect(line.readies).toBe(1);
  expect(line.sent).toEqual([
    'SEND\ndestination:/topic/lobby\ncontent-length:5\npersistent:true\nreceipt:3\n\nhello\0',
  ]);
  expect(line.acks).toBe(1);
});

test('an ERROR is a fault', () => {
  const line = new LineRecorder();
  const session = STOMP_PROTOCOL.session(testSpec(), line);

  session.received(Buffer.from(stompFrame('ERROR', { message: 'Bad CONNECT' })), false);

  expect(line.faults[0]).toContain('Bad CONNECT');
});
