// STOMP 1.2, what this bench needs of it: a command, lines of headers, an empty line, a body, a zero byte. Between frames there may be ends of lines.

import type { EndOf } from '../../clients/stream-cutter.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;
const ZERO = 0x30;
const END_OF_HEAD = Buffer.from('\n\n');
const CONTENT_LENGTH = Buffer.from('\ncontent-length:');
const END_BYTES = 1;

export const isBlank = (bytes: Buffer, at: number): boolean => bytes[at] === LINE_FEED || bytes[at] === CARRIAGE_RETURN;

export const endOfStomp: EndOf = (bytes, at) => {
  if (isBlank(bytes, at)) return at + 1;
  const head = bytes.indexOf(END_OF_HEAD, at);
  if (head < 0) return 0;
  const body = head + END_OF_HEAD.length;
  const length = bytes.indexOf(CONTENT_LENGTH, at);
  // A body of stated length may hold zeros.
  if (length >= 0 && length < head) return body + numberFrom(bytes, length + CONTENT_LENGTH.length) + END_BYTES;
  return bytes.indexOf(0, body) + 1;
};

/** Where the payload of a MESSAGE that ends at `end` begins. */
export const payloadAt = (end: number, payloadBytes: number): number => end - END_BYTES - payloadBytes;

function numberFrom(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; bytes[at]! >= ZERO && bytes[at]! <= ZERO + 9; at++) value = value * 10 + bytes[at]! - ZERO;
  return value;
}

/** The first line of the frame. */
export const commandOf = (bytes: Buffer, at: number): string =>
  bytes.toString('latin1', at, bytes.indexOf(LINE_FEED, at));

/** A header of the frame, by the bytes of an end of line and its name; undefined when it has none. */
export function headerOf(bytes: Buffer, at: number, lineAndName: Buffer): string | undefined {
  const from = bytes.indexOf(lineAndName, at);
  if (from < 0 || from > bytes.indexOf(END_OF_HEAD, at)) return undefined;
  const value = from + lineAndName.length;
  if (bytes[value] !== COLON) return undefined;
  return bytes.toString('latin1', value + 1, bytes.indexOf(LINE_FEED, value));
}

export function stompFrame(command: string, headers: Readonly<Record<string, string>>, body = ''): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  return `${command}\n${lines.join('')}\n${body}\0`;
}
