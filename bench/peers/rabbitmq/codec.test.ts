import { expect, test } from 'vitest';
import { testPayload, TEST_PAYLOAD_BYTES } from '../../clients/line-recorder.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import { commandOf, endOfStomp, headerOf, payloadAt, stompFrame } from './codec.ts';

const message = (n: number): string =>
  stompFrame(
    'MESSAGE',
    { subscription: 'alice', 'message-id': `T_1@@s@@${n}`, ack: `a${n}`, 'content-length': String(TEST_PAYLOAD_BYTES) },
    testPayload(n),
  );

const FRAMES = [
  stompFrame('CONNECTED', { version: '1.2', 'heart-beat': '0,0' }),
  '\n',
  '\r',
  '\n',
  message(0),
  '\n',
  message(1),
  stompFrame('MESSAGE', { 'content-length': '9' }, 'a\0\n\nMESSA'),
  stompFrame('RECEIPT', { 'receipt-id': '7' }),
  stompFrame('ERROR', { message: 'no' }, 'a body\n\nwithout a length'),
  stompFrame('MESSAGE', { 'content-length': '0' }),
];

function framesOf(chunks: readonly Buffer[]): string[] {
  const frames: string[] = [];
  const cutter = new StreamCutter(endOfStomp, (bytes, at, end) => void frames.push(bytes.toString('latin1', at, end)));
  for (const chunk of chunks) cutter.push(chunk);
  return frames;
}

test('frames come whole, however the stream is cut', () => {
  const stream = Buffer.from(FRAMES.join(''));

  for (const size of [stream.length, 1, 2, 3, 7, 64, 100, 250]) {
    const chunks = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(framesOf(chunks)).toEqual(FRAMES);
  }
});

test('the payload stands before the zero byte', () => {
  const frame = message(3);

  expect(frame.slice(payloadAt(frame.length, TEST_PAYLOAD_BYTES), -1)).toBe(testPayload(3));
});

test('the command and the headers are those of the frame, not of the next one', () => {
  const bytes = Buffer.from(FRAMES[8]! + message(4));
  const next = FRAMES[8]!.length;

  expect(commandOf(bytes, 0)).toBe('RECEIPT');
  expect(commandOf(bytes, next)).toBe('MESSAGE');
  expect(headerOf(bytes, 0, Buffer.from('\nreceipt-id'))).toBe('7');
  expect(headerOf(bytes, 0, Buffer.from('\nack'))).toBeUndefined();
  expect(headerOf(bytes, next, Buffer.from('\nack'))).toBe('a4');
});

test('a frame is written as it is read', () => {
  expect(stompFrame('SEND', { destination: '/topic/lobby', receipt: '1' }, 'hi')).toBe(
    'SEND\ndestination:/topic/lobby\nreceipt:1\n\nhi\0',
  );
});
