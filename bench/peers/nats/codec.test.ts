import { expect, test } from 'vitest';
import { testPayload, TEST_PAYLOAD_BYTES } from '../../clients/line-recorder.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import { endOfNats, natsPublish, payloadAt, readMessage, readPlace } from './codec.ts';

const STREAM = [
  'INFO {"server_id":"S","headers":true}\r\n',
  'PONG\r\n',
  `MSG r.lobby 1 ${TEST_PAYLOAD_BYTES}\r\n${testPayload(0)}\r\n`,
  `MSG r.lobby 1 $JS.ACK.bench.c0.1.4711.12.1795342577000000000.0 ${TEST_PAYLOAD_BYTES}\r\n${testPayload(1)}\r\n`,
  'MSG r.lobby 1 12\r\na\r\nb\nPING\r\nc\r\n',
  'HMSG in.1 2 fc.reply 38 38\r\nNATS/1.0 100 FlowControl Request  \r\n\r\n\r\n',
  'HMSG in.1 2 10 13\r\nNATS/1.0\r\nabc\r\n',
  'MSG in.1 2 0\r\n\r\n',
  "-ERR 'Slow Consumer'\r\n",
];

function unitsOf(chunks: readonly Buffer[]): string[] {
  const units: string[] = [];
  const cutter = new StreamCutter(endOfNats, (bytes, at, end) => void units.push(bytes.toString('latin1', at, end)));
  for (const chunk of chunks) cutter.push(chunk);
  return units;
}

test('units come whole, however the stream is cut', () => {
  const stream = Buffer.from(STREAM.join(''));

  for (const size of [stream.length, 1, 2, 3, 7, 64, 100, 200]) {
    const chunks = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(unitsOf(chunks)).toEqual(STREAM);
  }
});

test('a chunk whose memory is used again does not change what was left of it', () => {
  const shared = Buffer.alloc(8);
  const units: string[] = [];
  const cutter = new StreamCutter(endOfNats, (bytes, at, end) => void units.push(bytes.toString('latin1', at, end)));

  for (const byte of Buffer.from(STREAM[2]!)) {
    shared[0] = byte;
    cutter.push(shared.subarray(0, 1));
  }

  expect(units).toEqual([STREAM[2]]);
});

test('the payload stands before the end of the unit', () => {
  const unit = STREAM[3]!;

  expect(unit.slice(payloadAt(unit.length, TEST_PAYLOAD_BYTES), -2)).toBe(testPayload(1));
});

test('the place in the stream is read from the subject for answers', () => {
  const unit = Buffer.from(`MSG before 1 0\r\n\r\n${STREAM[3]}`);
  const place = { streamSequence: 0, consumerSequence: 0 };

  readPlace(unit, unit.indexOf('MSG r.lobby'), place);

  expect(place).toEqual({ streamSequence: 4711, consumerSequence: 12 });
});

test('a message is taken apart, with and without an answer and headers', () => {
  const read = (text: string): unknown => readMessage(Buffer.from(text), 0, text.length);

  expect(read(STREAM[2]!)).toEqual({ subject: 'r.lobby', reply: undefined, headers: '', body: testPayload(0) });
  expect(read(STREAM[5]!)).toEqual({
    subject: 'in.1',
    reply: 'fc.reply',
    headers: 'NATS/1.0 100 FlowControl Request  \r\n\r\n',
    body: '',
  });
  expect(read(STREAM[6]!)).toEqual({ subject: 'in.1', reply: undefined, headers: 'NATS/1.0\r\n', body: 'abc' });
});

test('a publish says how long it is, and where the answer goes', () => {
  expect(natsPublish('r.lobby', 'hello')).toBe('PUB r.lobby 5\r\nhello\r\n');
  expect(natsPublish('r.lobby', 'hello', 'in.1.7')).toBe('PUB r.lobby in.1.7 5\r\nhello\r\n');
});
