import { expect, test } from 'vitest';
import { testPayload } from '../../clients/line-recorder.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import {
  connectPacket,
  createPublisher,
  endOfPacket,
  packetIdOf,
  PACKETS,
  payloadOf,
  PING_PACKET,
  pubackPacket,
  subscribePacket,
  typeOf,
} from './codec.ts';

const publish0 = createPublisher('r/lobby', 0);
const publish1 = createPublisher('r/lobby', 1);
const PACKET_STREAM = [
  Buffer.from([0x20, 2, 1, 0]),
  Buffer.from([0x90, 3, 0, 1, 0]),
  publish0(testPayload(0), 0),
  publish1(testPayload(1), 513),
  publish1('y'.repeat(127), 1),
  publish0('z'.repeat(20_000), 0),
  Buffer.from([0xd0, 0]),
  pubackPacket(65_535),
];

function packetsOf(chunks: Iterable<Buffer>): string[] {
  const packets: string[] = [];
  const cutter = new StreamCutter(
    endOfPacket,
    (bytes, at, end) => void packets.push(bytes.toString('latin1', at, end)),
  );
  for (const chunk of chunks) cutter.push(chunk);
  return packets;
}

function* cut(stream: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < stream.length; at += size) yield stream.subarray(at, at + size);
}

test('packets of every length come whole, however the stream is cut', () => {
  const expected = PACKET_STREAM.map((packet) => packet.toString('latin1'));
  const stream = Buffer.concat(PACKET_STREAM);

  for (const size of [stream.length, 7, 100, 4096, 16_385]) expect(packetsOf(cut(stream, size))).toEqual(expected);
  const small = Buffer.concat(PACKET_STREAM.slice(0, 5));
  for (const size of [1, 2, 3]) expect(packetsOf(cut(small, size))).toEqual(expected.slice(0, 5));
});

test('a length of more than four bytes is not waited for', () => {
  const cutter = new StreamCutter(endOfPacket, () => {});

  expect(() => cutter.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]))).toThrow('a packet whose length');
});

test('the payload of a publish stands behind its topic and its ID', () => {
  for (const [packet, id] of [
    [publish0(testPayload(7), 0), 0],
    [publish1(testPayload(7), 513), 513],
    [publish1(testPayload(7), 65_535), 65_535],
  ] as const) {
    const behind = Buffer.concat([Buffer.from([0xd0, 0]), packet]);

    expect(typeOf(behind, 2)).toBe(PACKETS.publish);
    expect(packetIdOf(behind, 2)).toBe(id);
    expect(behind.toString('latin1', payloadOf(behind, 2))).toBe(testPayload(7));
  }
});

test('what a client sends is as the standard has it', () => {
  expect(connectPacket({ clientId: 'al', isClean: true, keepAliveSeconds: 60 })).toEqual(
    Buffer.from([0x10, 14, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, 2, ...Buffer.from('al')]),
  );
  expect(connectPacket({ clientId: 'al', isClean: false, keepAliveSeconds: 300 }).subarray(8, 12)).toEqual(
    Buffer.from([4, 0, 1, 44]),
  );
  expect(subscribePacket('r/a', 1)).toEqual(Buffer.from([0x82, 8, 0, 1, 0, 3, ...Buffer.from('r/a'), 1]));
  expect(createPublisher('r/a', 0)('hi', 0)).toEqual(Buffer.from([0x30, 7, 0, 3, ...Buffer.from('r/ahi')]));
  expect(createPublisher('r/a', 1)('hi', 258)).toEqual(
    Buffer.from([0x32, 9, 0, 3, ...Buffer.from('r/a'), 1, 2, ...Buffer.from('hi')]),
  );
  expect(pubackPacket(258)).toEqual(Buffer.from([0x40, 2, 1, 2]));
  expect(PING_PACKET).toEqual(Buffer.from([0xc0, 0]));
});
