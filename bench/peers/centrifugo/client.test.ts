import { expect, test } from 'vitest';
import { LineRecorder, testPayload, testSpec } from '../../clients/line-recorder.ts';
import { CENTRIFUGO_PROTOCOL } from './client.ts';

const frame = (...replies: readonly object[]): Buffer =>
  Buffer.from(replies.map((reply) => JSON.stringify(reply)).join('\n'));
const pub = (n: number, offset: number): object => ({
  push: { channel: 'lobby', pub: { data: testPayload(n), offset } },
});

test('a member subscribes, takes several messages of a frame, and stands behind the last', () => {
  const line = new LineRecorder();
  const session = CENTRIFUGO_PROTOCOL.session(testSpec({ isResumable: true }), line);

  session.opened();
  session.received(frame({ id: 1, connect: {} }), false);
  expect(line.sent.at(-1)).toBe('{"id":2,"subscribe":{"channel":"lobby"}}');
  session.received(frame({ id: 2, subscribe: { epoch: 'e', offset: 7 } }), false);
  session.received(frame(pub(0, 8), pub(1, 9)), false);

  expect(line.readies).toBe(1);
  expect(line.delivered).toEqual([0, 1]);
  expect(session.cursor?.()).toEqual({ epoch: 'e', offset: 9 });
});

test('a member that comes back asks for what it missed, and tells whether it got it', () => {
  const line = new LineRecorder();
  const session = CENTRIFUGO_PROTOCOL.session(testSpec({ resume: { epoch: 'e', offset: 9 } }), line);

  session.received(frame({ id: 1, connect: {} }), false);
  expect(line.sent.at(-1)).toBe('{"id":2,"subscribe":{"channel":"lobby","recover":true,"epoch":"e","offset":9}}');
  const publications = [
    { data: testPayload(2), offset: 10 },
    { data: testPayload(3), offset: 11 },
  ];
  session.received(frame({ id: 2, subscribe: { epoch: 'e', offset: 11, recovered: true, publications } }), false);

  expect(line.delivered).toEqual([2, 3]);
  expect(line.resumptions).toEqual([true]);
  expect(session.cursor?.()).toEqual({ epoch: 'e', offset: 11 });
});

test('a ping is answered, publishes are acknowledged, and an error is a fault', () => {
  const line = new LineRecorder();
  const session = CENTRIFUGO_PROTOCOL.session(testSpec({ role: 'publisher' }), line);

  session.received(frame({ id: 1, connect: {} }, {}), false);
  session.publish('hello', 0);
  session.received(frame({ id: 3, publish: {} }, { id: 4, error: { code: 103, message: 'permission denied' } }), false);

  expect(line.readies).toBe(1);
  expect(line.sent).toEqual(['{}', '{"id":3,"publish":{"channel":"lobby","data":"hello"}}']);
  expect(line.acks).toBe(1);
  expect(line.faults).toHaveLength(1);
});
