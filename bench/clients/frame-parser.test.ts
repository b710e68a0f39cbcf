import { expect, test } from 'vitest';
import { clientFrame, FrameParser, OPCODES } from './frame-parser.ts';

/** As a server sends it: without a mask. */
function serverFrame(payload: string, { opcode = 1, isLast = true } = {}): Buffer {
  const body = Buffer.from(payload);
  const head = [(isLast ? 0x80 : 0) | opcode];
  if (body.length < 126) head.push(body.length);
  else if (body.length < 65_536) head.push(126, body.length >> 8, body.length & 0xff);
  else
    head.push(
      127,
      0,
      0,
      0,
      0,
      body.length >>> 24,
      (body.length >> 16) & 0xff,
      (body.length >> 8) & 0xff,
      body.length & 0xff,
    );
  return Buffer.concat([Buffer.from(head), body]);
}

function parse(chunks: readonly Buffer[]): [number, string][] {
  const frames: [number, string][] = [];
  const parser = new FrameParser((opcode, payload) => void frames.push([opcode, payload.toString()]));
  for (const chunk of chunks) parser.push(chunk);
  return frames;
}

const SHORT = ['a', '', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(300), 'last'];
const LONG = ['a', 'b'.repeat(65_535), 'c'.repeat(65_536), 'last'];

test.each([
  { what: 'short', texts: SHORT, sizes: [1, 2, 3, 7, 125, 4096] },
  { what: 'long', texts: LONG, sizes: [1000, 4096, 65_537, 1_000_000] },
])('$what frames come whole, however they are cut', ({ texts, sizes }) => {
  const stream = Buffer.concat(texts.map((text) => serverFrame(text)));
  const expected = texts.map((text) => [1, text]);

  for (const size of sizes) {
    const chunks = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    expect(JSON.stringify(parse(chunks)) === JSON.stringify(expected), `in pieces of ${size}`).toBe(true);
  }
});

test('a chunk whose memory is used again does not change what was left of it', () => {
  const stream = serverFrame('hello');
  const shared = Buffer.alloc(16);
  const frames: string[] = [];
  const parser = new FrameParser((_, payload) => void frames.push(payload.toString()));

  for (const byte of stream) {
    shared[0] = byte;
    parser.push(shared.subarray(0, 1));
  }

  expect(frames).toEqual(['hello']);
});

test('a message in fragments comes as one, and a ping between them at once', () => {
  const chunks = [
    serverFrame('one ', { isLast: false }),
    serverFrame('now', { opcode: OPCODES.ping }),
    serverFrame('two ', { opcode: 0, isLast: false }),
    serverFrame('three', { opcode: 0 }),
  ];

  expect(parse(chunks)).toEqual([
    [OPCODES.ping, 'now'],
    [OPCODES.text, 'one two three'],
  ]);
});

test('what a client sends is masked with zeros, at every length', () => {
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    const text = 'x'.repeat(length);
    const frame = clientFrame(OPCODES.text, text);
    const headBytes = frame.length - length;

    expect(frame[0]).toBe(0x81);
    expect(frame[1]! & 0x80).toBe(0x80);
    expect(frame.subarray(headBytes - 4, headBytes)).toEqual(Buffer.alloc(4));
    // Compared as booleans: the matcher walks such lengths byte by byte.
    expect(frame.subarray(headBytes).toString() === text).toBe(true);
    expect(clientFrame(OPCODES.text, Buffer.from(text)).equals(frame)).toBe(true);
  }
});
