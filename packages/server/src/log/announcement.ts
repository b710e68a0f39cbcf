/**
 * Hop 6/8: announcements: what the append script publishes to the instances, and signals beside them. Lines of
 * text, read from the bytes; the payload of an entry is never parsed. A header line `1e <seal>` is followed by
 * `<id>`, `h`, `d` of each entry; a signal is `1s <event> <sender>` and its JSON text.
 */
import { hash } from 'node:crypto';
import { EVENT_PATTERN, type UserId } from '@holdline/protocol';
import { contentHash } from './dedupe.ts';
import { decodeEntry, decodeSender, encodeSender, FORMAT_VERSION, splitEntry } from './entry-codec.ts';
import { cursorOf, type Entry } from './entry.ts';

export type Announcement =
  | { readonly type: 'entries'; readonly entries: readonly Entry[] }
  | { readonly type: 'signal'; readonly event: string; readonly sender: UserId | null; readonly data: string }
  /** Well formed, but not sealed by an append of this deployment. */
  | { readonly type: 'foreign' }
  | { readonly type: 'malformed' };

const LINE_FEED = 10;
/** Of a header line: a signal names its event (64) and its sender, 128 characters of up to 4 bytes each. */
const MAX_HEAD_BYTES = 640;
const MALFORMED: Announcement = { type: 'malformed' };

/** What a seal covers of an entry; the content hash stands for its payload. */
export interface SealedEntry {
  readonly id: string;
  readonly header: string;
  readonly hash: string;
}

/**
 * Ties an announcement to an append: who cannot read the deployment's key can neither make one up nor
 * alter one that was captured. `lua/append.lua` computes the same.
 */
export function sealOf(key: string, entries: readonly SealedEntry[]): string {
  let sealed = key;
  for (const { id, header, hash: content } of entries) sealed += `\n${id}\n${header}\n${content}`;
  return hash('sha1', sealed, 'hex').slice(0, 16);
}

export const encodeSignal = (signal: { event: string; sender: UserId | null; data: string }): string =>
  `${FORMAT_VERSION}s ${signal.event} ${encodeSender(signal.sender)}\n${signal.data}`;

export function decodeAnnouncement(bytes: Buffer, key: string): Announcement {
  const end = bytes.indexOf(LINE_FEED);
  if (end < 0 || end > MAX_HEAD_BYTES) return MALFORMED;
  const head = bytes.toString('utf8', 0, end);
  if (head.startsWith(`${FORMAT_VERSION}e `)) return decodeEntries(bytes, end + 1, head.slice(3), key);
  if (head.startsWith(`${FORMAT_VERSION}s `)) return decodeSignal(head.slice(3), bytes.toString('utf8', end + 1));
  return MALFORMED;
}

function decodeSignal(names: string, data: string): Announcement {
  const space = names.indexOf(' ');
  const event = names.slice(0, space);
  const sender = decodeSender(names.slice(space + 1));
  if (space < 0 || !EVENT_PATTERN.test(event) || sender === undefined || !isJson(data)) return MALFORMED;
  return { type: 'signal', event, sender, data };
}

/** Signals are sealed by nobody, and their text goes into the frames of members as it is: so it must be JSON. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * A seal that fits says that the append script has written every line: then they are taken apart without being judged
 * once more. Where it does not fit, the strict reading tells what was made up from what is no announcement at all.
 */
function decodeEntries(bytes: Buffer, from: number, seal: string, key: string): Announcement {
  const lines = splitLines(bytes, from);
  if (lines.length === 0 || lines.length % 3 !== 0) return MALFORMED;
  const entries: Entry[] = [];
  const sealed: SealedEntry[] = [];
  for (let i = 0; i < lines.length; i += 3) {
    const id = lines[i]!.toString('latin1');
    const header = lines[i + 1]!.toString('utf8');
    const entry = splitEntry(id, header, lines[i + 2]!);
    if (entry === null) return MALFORMED;
    entries.push(entry);
    sealed.push({ id, header, hash: contentHash(entry.kind, entry.event, entry.data) });
  }
  if (sealOf(key, sealed) === seal) return { type: 'entries', entries };
  return isWellFormed(entries, sealed) ? { type: 'foreign' } : MALFORMED;
}

function isWellFormed(entries: readonly Entry[], sealed: readonly SealedEntry[]): boolean {
  return sealed.every(({ id, header }, i) => {
    const entry = decodeEntry({ id, header, data: entries[i]!.data });
    return entry !== null && (i === 0 || cursorOf(entries[i - 1]!) === entry.previous);
  });
}

function splitLines(bytes: Buffer, from: number): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = from;
  while (start <= bytes.length) {
    const end = bytes.indexOf(LINE_FEED, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    if (end < 0) break;
    start = end + 1;
  }
  return lines;
}
