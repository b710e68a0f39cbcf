/**
 * What hostile clients do to a socket, and how it may end for them: a WebSocket close code, an HTTP status, `open` (nothing
 * was wrong enough) or `cut` (no close frame). Codes are those of RFC 6455 7.4.1 and of the table of close codes (G7.3, G7.6).
 */
import { decodeClientFrame } from '@holdline/protocol';
import type { SeededRandom } from '@holdline/testkit';
import type { FrameMutator } from '../decoders/mutator.ts';
import { closeBytes, frameBytes, RawSocket, upgradeRequest } from './raw-socket.ts';

export type Outcome = `${number}` | `http ${number}` | 'open' | 'cut';

export interface AttackTools {
  readonly port: number;
  readonly random: SeededRandom;
  readonly mutator: FrameMutator;
}

export interface Attack {
  readonly name: string;
  readonly ends: readonly Outcome[];
  /** Says nothing more and waits for the server to act. */
  readonly isSilent?: true;
  /** Does its worst and hands over the socket, whose end is then awaited. */
  run(tools: AttackTools): Promise<RawSocket>;
}

/** The server closes the socket of a frame of more than twice this (DEFAULT_MAX_FRAME_BYTES). */
const MAX_BYTES = 65_536;
const PING = '{"type":"ping"}';

/** An attack on a connection that has said hello, as bytes that are written at once or in pieces. */
const onOpen = (name: string, ends: readonly Outcome[], bytes: (tools: AttackTools) => readonly Buffer[]): Attack => ({
  name,
  ends,
  async run(tools) {
    const raw = await RawSocket.greeted(tools.port);
    for (const piece of bytes(tools)) raw.write(piece);
    return raw;
  },
});

const INVALID_TEXTS = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.concat([Buffer.from('{"type":"ping","x":"'), Buffer.from([0xe2, 0x82]), Buffer.from('"}')]),
];

const FRAMING: readonly Attack[] = [
  onOpen('a frame without a mask', ['1002'], () => [frameBytes({ payload: PING, isMasked: false })]),
  onOpen('reserved bits', ['1002'], ({ random }) => [frameBytes({ payload: PING, reserved: 1 + random.below(7) })]),
  onOpen('a reserved opcode', ['1002'], ({ random }) => [
    frameBytes({ payload: PING, opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) }),
  ]),
  onOpen('a continuation of nothing', ['1002'], () => [frameBytes({ payload: PING, opcode: 0 })]),
  onOpen('a text inside a fragmented text', ['1002'], () => [
    frameBytes({ payload: '{', isLast: false }),
    frameBytes({ payload: PING }),
  ]),
  onOpen('a ping of more than 125 bytes', ['1002'], () => [frameBytes({ opcode: 9, payload: 'x'.repeat(126) })]),
  onOpen('a ping in fragments', ['1002'], () => [frameBytes({ opcode: 9, payload: 'x', isLast: false })]),
  onOpen('invalid UTF-8', ['1007'], ({ random }) => [frameBytes({ payload: random.pick(INVALID_TEXTS) })]),
  onOpen('invalid UTF-8 across fragments', ['1007'], () => [
    frameBytes({ payload: Buffer.from([0xe2, 0x82]), isLast: false }),
    frameBytes({ payload: Buffer.from([0x41]), opcode: 0 }),
  ]),
  onOpen('invalid UTF-8 in a close', ['1007'], () => [closeBytes(1000, Buffer.from([0xff]))]),
  onOpen('a close code that is none', ['1002'], ({ random }) => [
    closeBytes(random.pick([0, 999, 1005, 1006, 1016, 5000])),
  ]),
  onOpen('a close of one byte', ['1002'], () => [frameBytes({ opcode: 8, payload: 'x' })]),
  onOpen('a frame of more than twice the limit', ['1009'], () => [
    frameBytes({ payload: 'x'.repeat(2 * MAX_BYTES + 1) }),
  ]),
  onOpen('fragments of more than twice the limit', ['1009'], () => [
    frameBytes({ payload: 'x'.repeat(MAX_BYTES), isLast: false }),
    frameBytes({ payload: 'x'.repeat(MAX_BYTES), opcode: 0, isLast: false }),
    frameBytes({ payload: 'x', opcode: 0 }),
  ]),
  onOpen('a length that nothing could hold', ['1009'], ({ random }) => [
    frameBytes({ payload: 'x', claims: random.pick([131_073n, 1n << 31n, 1n << 40n, (1n << 63n) - 1n]) }),
  ]),
  onOpen('65 fragments', ['1008'], () => [
    frameBytes({ payload: '{', isLast: false }),
    ...Array.from({ length: 64 }, () => frameBytes({ payload: ' ', opcode: 0, isLast: false })),
  ]),
  onOpen('a thousand empty fragments', ['1008'], () => [
    frameBytes({ isLast: false }),
    ...Array.from({ length: 1000 }, () => frameBytes({ opcode: 0, isLast: false })),
  ]),
  onOpen('data after a close', ['1000'], () => [closeBytes(1000), frameBytes({ payload: PING }), Buffer.alloc(500, 7)]),
  onOpen('noise in place of frames', ['1002', '1007', '1009', '4400'], ({ random }) => [
    // The first byte has reserved bits, so that it is an error whatever follows.
    Buffer.from([0xf1, ...Array.from({ length: 200 }, () => random.below(256))]),
  ]),
];

const HARMLESS: readonly Attack[] = [
  onOpen('pings and pongs between fragments', ['open'], () => [
    frameBytes({ payload: '{"type":', isLast: false }),
    frameBytes({ opcode: 9, payload: 'a' }),
    frameBytes({ payload: '"ping', opcode: 0, isLast: false }),
    frameBytes({ opcode: 10 }),
    frameBytes({ opcode: 9 }),
    frameBytes({ payload: '"}', opcode: 0 }),
  ]),
  onOpen('fifty pings at once', ['open'], ({ random }) =>
    Array.from({ length: 50 }, () => frameBytes({ opcode: 9, payload: Buffer.alloc(random.below(126)) })),
  ),
  // At most 60 pongs wait in a socket (`maxPendingAutoPongs` of ws); whoever asks faster than it takes them is cut.
  onOpen('a flood of pings', ['open', 'cut'], () => [
    Buffer.concat(Array.from({ length: 2000 }, () => frameBytes({ opcode: 9 }))),
  ]),
  onOpen('a flood of frames', ['open'], () => Array.from({ length: 2000 }, () => frameBytes({ payload: PING }))),
  onOpen('a frame as large as it may be', ['open'], ({ random }) => [
    frameBytes({ payload: JSON.stringify({ type: 'auth', token: 'x'.repeat(16_000 + random.below(400)) }) }),
  ]),
  {
    name: 'a frame byte by byte',
    ends: ['open'],
    async run({ port }) {
      const raw = await RawSocket.greeted(port);
      const bytes = frameBytes({ payload: PING });
      for (let at = 0; at < bytes.length; at += 1) {
        raw.write(bytes.subarray(at, at + 1));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return raw;
    },
  },
  {
    name: 'a flood of pings by somebody who does not read',
    ends: ['open', 'cut'],
    async run({ port }) {
      const raw = await RawSocket.greeted(port);
      raw.socket.pause();
      const flood = Buffer.concat(
        Array.from({ length: 4000 }, () => frameBytes({ opcode: 9, payload: Buffer.alloc(125) })),
      );
      for (let times = 0; times < 4; times += 1) raw.write(flood);
      await new Promise((resolve) => setTimeout(resolve, 50));
      raw.socket.resume();
      return raw;
    },
  },
  {
    name: 'a socket that is cut in the middle of a frame',
    ends: ['cut'],
    async run({ port, random }) {
      const raw = await RawSocket.greeted(port, { joins: [{ room: 'chat:lobby' }] });
      const bytes = frameBytes({ payload: JSON.stringify({ type: 'join', room: 'chat:lobby' }) });
      raw.write(bytes.subarray(0, random.below(bytes.length)));
      raw.destroy();
      return raw;
    },
  },
];

const handshake = (name: string, ends: readonly Outcome[], text: (tools: AttackTools) => string | Buffer): Attack => ({
  name,
  ends,
  run(tools) {
    const raw = new RawSocket(tools.port);
    raw.write(text(tools));
    return Promise.resolve(raw);
  },
});

const HANDSHAKES: readonly Attack[] = [
  handshake('no HTTP', ['http 400'], () => 'hello\r\n\r\n'),
  handshake('noise in place of HTTP', ['http 400'], ({ random }) =>
    Buffer.from([1, ...Array.from({ length: 100 }, () => random.below(256)), 13, 10, 13, 10]),
  ),
  handshake('headers without end', ['http 431'], () => upgradeRequest({ 'X-Much': 'x'.repeat(70_000) })),
  handshake('no key', ['http 400'], () => upgradeRequest({ 'Sec-WebSocket-Key': '' })),
  handshake('a key that is none', ['http 400'], () => upgradeRequest({ 'Sec-WebSocket-Key': 'short' })),
  handshake('another version of WebSocket', ['http 426'], () => upgradeRequest({ 'Sec-WebSocket-Version': '8' })),
  handshake('another path', ['http 404'], () => upgradeRequest({}, '/../admin')),
  handshake('another subprotocol', ['4406'], () => upgradeRequest({ 'Sec-WebSocket-Protocol': 'chat.v9' })),
  { ...handshake('no hello', ['4508'], () => upgradeRequest()), isSilent: true },
  handshake('something else than hello', ['4400'], ({ mutator }) =>
    Buffer.concat([
      Buffer.from(upgradeRequest()),
      frameBytes({ payload: firstThat(mutator, (text) => !isHello(text)) }),
    ]),
  ),
];

const isUnreadable = (text: string): boolean => {
  const decoded = decodeClientFrame(text);
  return !decoded.ok && (decoded.code === 'bad_frame' || decoded.code === 'unknown_frame');
};
const isHello = (text: string): boolean => {
  const decoded = decodeClientFrame(text);
  return decoded.ok && decoded.frame.type === 'hello';
};

/** Short enough not to be refused for its size. */
function firstThat(mutator: FrameMutator, fits: (text: string) => boolean): string {
  for (;;) {
    const text = mutator.next();
    if (Buffer.byteLength(text) < MAX_BYTES && fits(text)) return text;
  }
}

const FRAMES: readonly Attack[] = [
  handshake('a mutated hello', ['open'], ({ mutator }) =>
    Buffer.concat([Buffer.from(upgradeRequest()), frameBytes({ payload: firstThat(mutator, isHello) })]),
  ),
  onOpen('mutated frames', ['open'], ({ mutator, random }) => {
    // Two may be unreadable; a third within a minute would end it.
    let strikes = 2;
    const isBearable = (text: string): boolean => !isUnreadable(text) || strikes-- > 0;
    const count = 5 + random.below(40);
    return Array.from({ length: count }, () => frameBytes({ payload: firstThat(mutator, isBearable) }));
  }),
  onOpen('three unreadable frames', ['4400'], ({ mutator }) =>
    Array.from({ length: 3 }, () => frameBytes({ payload: firstThat(mutator, isUnreadable) })),
  ),
  onOpen('three binary frames', ['4400'], () =>
    Array.from({ length: 3 }, () => frameBytes({ payload: PING, opcode: 2 })),
  ),
  onOpen('mutated frames in fragments', ['open'], ({ mutator }) => {
    const bytes = Buffer.from(firstThat(mutator, (text) => !isUnreadable(text)));
    const middle = bytes.length >> 1;
    return [
      frameBytes({ payload: bytes.subarray(0, middle), isLast: false }),
      frameBytes({ opcode: 9 }),
      frameBytes({ payload: bytes.subarray(middle), opcode: 0 }),
    ];
  }),
];

export const ATTACKS: readonly Attack[] = [...FRAMING, ...HARMLESS, ...HANDSHAKES, ...FRAMES];

/** How it ended. An open connection proves that it is one: it answers a ping. */
export async function outcomeOf(raw: RawSocket, isSilent = false): Promise<Outcome> {
  if (raw.status === null) await raw.until(() => raw.status !== null);
  if (raw.status !== null && raw.status !== 101) return `http ${raw.status}`;
  const before = pongsIn(raw);
  if (!isSilent) raw.say(PING);
  // What the attack asked for may be answered first: the last answer is the one to this ping.
  await raw.until(() => raw.closeCode !== null || pongsIn(raw) > before);
  if (raw.closeCode !== null) return `${raw.closeCode}`;
  return raw.hasEnded ? 'cut' : 'open';
}

const pongsIn = (raw: RawSocket): number =>
  raw.texts.reduce((count, text) => count + (text.includes('"pong"') ? 1 : 0), 0);
