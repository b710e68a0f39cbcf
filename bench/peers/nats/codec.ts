// The protocol of NATS, what this bench needs of it: lines, some of which announce bytes that follow. `MSG subject sid [reply] bytes`,
// `HMSG subject sid [reply] headerBytes bytes`, then the bytes and an end of line.

import type { EndOf } from '../../clients/stream-cutter.ts';

const LINE_FEED = 0x0a;
const EOL_BYTES = 2;
const BLANK = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
/** First bytes: of MSG, and of HMSG. No other line begins with them. */
const MESSAGE = 'M'.charCodeAt(0);
const MESSAGE_WITH_HEADERS = 'H'.charCodeAt(0);

export const isMessage = (bytes: Buffer, at: number): boolean => bytes[at] === MESSAGE;
export const hasHeaders = (bytes: Buffer, at: number): boolean => bytes[at] === MESSAGE_WITH_HEADERS;

export const endOfNats: EndOf = (bytes, at) => {
  const line = bytes.indexOf(LINE_FEED, at);
  if (line < 0) return 0;
  if (!isMessage(bytes, at) && !hasHeaders(bytes, at)) return line + 1;
  return line + 1 + numberBefore(bytes, line - 1) + EOL_BYTES;
};

/** Where the payload of a MSG that ends at `end` begins. */
export const payloadAt = (end: number, payloadBytes: number): number => end - EOL_BYTES - payloadBytes;

/** The digits that end before `end`. */
function numberBefore(bytes: Buffer, end: number): number {
  let [value, unit] = [0, 1];
  for (let at = end - 1; bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9; at--) {
    value += (bytes[at]! - ZERO) * unit;
    unit *= 10;
  }
  return value;
}

function indexBefore(bytes: Buffer, byte: number, end: number): number {
  let at = end - 1;
  while (bytes[at] !== byte) at -= 1;
  return at;
}

export interface NatsMessage {
  readonly subject: string;
  readonly reply: string | undefined;
  /** `NATS/1.0 100 Idle Heartbeat` and further lines, or nothing. */
  readonly headers: string;
  readonly body: string;
}

/** Everything of a MSG or HMSG as text; for the rare ones. */
export function readMessage(bytes: Buffer, at: number, end: number): NatsMessage {
  const line = bytes.indexOf(LINE_FEED, at);
  // A heartbeat has two blanks where the subject for answers would be.
  const words = bytes.toString('latin1', at, line - 1).split(/ +/);
  const extra = words[0] === 'HMSG' ? 2 : 1;
  const headerBytes = extra === 2 ? Number(words.at(-2)) : 0;
  return {
    subject: words[1]!,
    reply: words.length === 3 + extra + 1 ? words[3] : undefined,
    headers: bytes.toString('latin1', line + 1, line + 1 + headerBytes),
    body: bytes.toString('latin1', line + 1 + headerBytes, end - EOL_BYTES),
  };
}

export interface StreamPlace {
  /** Of the message in its stream. */
  streamSequence: number;
  /** Of the delivery to this consumer: the next one has the next number, or something was lost. */
  consumerSequence: number;
}

/**
 * A message of a JetStream consumer tells its place in the subject for answers, which is the last word but one of its line:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<time>.<pending>`. Read from the end, into `place`.
 */
export function readPlace(bytes: Buffer, at: number, place: StreamPlace): void {
  const line = bytes.indexOf(LINE_FEED, at);
  const reply = indexBefore(bytes, BLANK, line - 1);
  const pending = indexBefore(bytes, DOT, reply);
  const time = indexBefore(bytes, DOT, pending);
  const consumer = indexBefore(bytes, DOT, time);
  place.consumerSequence = numberBefore(bytes, time);
  place.streamSequence = numberBefore(bytes, consumer);
}

/** Messages of a room; nothing else begins so. */
export const subjectOf = (room: string): string => `r.${room}`;
/** The stream that keeps all of them. */
export const STREAM = 'bench';
export const STREAM_SUBJECTS = 'r.>';

const EOL = '\r\n';

export const natsConnect = (name: string): string =>
  `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, headers: true, no_responders: true, protocol: 1, lang: 'bench', version: '1', name })}${EOL}`;
export const natsPing = `PING${EOL}`;
export const natsPong = `PONG${EOL}`;
export const natsSubscribe = (subject: string, sid: number): string => `SUB ${subject} ${sid}${EOL}`;
export const natsUnsubscribe = (sid: number): string => `UNSUB ${sid}${EOL}`;
export const natsPublish = (subject: string, body: string, reply = ''): string =>
  `PUB ${subject} ${reply === '' ? '' : `${reply} `}${body.length}${EOL}${body}${EOL}`;
