// What every message of a run carries, the same bytes for every peer: a marker, the room's index, the number of the message
// in its room, the moment it was made, and filling. Plain ASCII that JSON need not escape; read from the bytes, never parsed.

/** Marker, 6 digits of room, 9 of number, 16 of time in microseconds, marker. */
export const HEAD_BYTES = 33;
export const MARKER = 0x7e;
const ROOM_AT = 1;
const NUMBER_AT = 7;
const TIME_AT = 16;
const END_AT = 32;

const filling = new Map<number, string>();

/** `bytes` is the whole length; at least HEAD_BYTES. */
export function writePayload(room: number, n: number, timeUs: number, bytes: number): string {
  let rest = filling.get(bytes);
  if (rest === undefined) {
    if (bytes < HEAD_BYTES) throw new Error(`a payload holds at least ${HEAD_BYTES} bytes`);
    rest = `~${'x'.repeat(bytes - HEAD_BYTES)}`;
    filling.set(bytes, rest);
  }
  return `~${digits(room, 6)}${digits(n, 9)}${digits(timeUs, 16)}${rest}`;
}

const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/** True where a payload begins at `at`. */
export const isPayload = (bytes: Uint8Array, at: number): boolean =>
  at >= 0 && bytes[at] === MARKER && bytes[at + END_AT] === MARKER;

export const roomOf = (bytes: Uint8Array, at: number): number => readDigits(bytes, at + ROOM_AT, 6);
export const numberOf = (bytes: Uint8Array, at: number): number => readDigits(bytes, at + NUMBER_AT, 9);
export const timeOf = (bytes: Uint8Array, at: number): number => readDigits(bytes, at + TIME_AT, 16);

function readDigits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) value = value * 10 + bytes[i]! - 0x30;
  return value;
}

/** Microseconds of the monotonic clock, which all processes of a machine share. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1000);
}
