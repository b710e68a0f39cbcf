/**
 * The small parsers: stream IDs, cursors, and what the server reads from Redis (entries, announcements). What must hold: no
 * parser throws; what is accepted prints as the text that was read; an announcement that is not byte for byte one that was
 * sealed is never taken for entries (G6.2).
 */
import {
  compareStreamIds,
  countOf,
  formatCursor,
  formatStreamId,
  isStreamId,
  isUserId,
  parseCursor,
  timeOf,
  type StreamId,
} from '@holdline/protocol';
import type { SeededRandom } from '@holdline/testkit';
import { decodeAnnouncement, encodeSignal, type Announcement } from '../../../packages/server/src/log/announcement.ts';
import { decodeEntry, headerHalves } from '../../../packages/server/src/log/entry-codec.ts';
import { goldenAnnouncements, goldenEntries } from './golden.ts';
import { broken, type Target, type Violation } from './target.ts';

const DIGITS = [
  '0',
  '1',
  '9',
  '-',
  '~',
  'a',
  '_',
  ' ',
  '+',
  'e',
  '.',
  '00',
  '999999999999999',
  '1763778000000',
  '0-0~',
  '٣',
  '\n',
];

const sign = (value: number): number => Math.sign(value);

/** Random texts out of the signs of IDs; every second one starts from a good cursor. */
export function cursorTarget(random: SeededRandom, parse: typeof parseCursor = parseCursor): Target<string> {
  let before = '1-1' as StreamId;
  return {
    name: 'IDs and cursors',
    next() {
      let text = random.below(2) === 0 ? '' : `${random.below(2e9)}-${random.below(1e6)}`;
      for (let pieces = random.below(5); pieces > 0; pieces -= 1) text += random.pick(DIGITS);
      return text;
    },
    check(text) {
      const parts = parse(text);
      if (parts === null) return isStreamId(text) ? broken('a stream ID is no cursor') : 'refused';
      const { id, messageId } = parts;
      const printed = messageId === null ? id : formatCursor(id, messageId);
      if (printed !== text) return broken('a cursor prints as another text');
      if (formatStreamId(timeOf(id), countOf(id)) !== id) return broken('a stream ID loses digits');
      if (sign(compareStreamIds(before, id)) !== -sign(compareStreamIds(id, before))) return broken('no order of IDs');
      if ((compareStreamIds(before, id) === 0) !== (before === id)) return broken('two IDs of one place');
      before = id;
      return messageId === null ? 'bare ID' : 'cursor';
    },
  };
}

/** Headers of entries with edits anywhere. */
export function entryTarget(random: SeededRandom, decode: typeof decodeEntry = decodeEntry): Target<string> {
  const golden = goldenEntries();
  const data = Buffer.from('1');
  return {
    name: 'entries',
    next() {
      const { id, header } = random.pick(golden);
      return editText(random, `${id}\n${header}`);
    },
    check(text) {
      const end = text.indexOf('\n');
      const [id, header] = [text.slice(0, Math.max(end, 0)), text.slice(end + 1)];
      const entry = decode({ id, header, data });
      if (entry === null) return 'refused';
      const [head, tail] = headerHalves(entry);
      if (head + entry.previous + tail !== header) return broken('an entry prints as another header');
      if (countOf(entry.id) !== countOf(entry.previous.split('~')[0] as StreamId) + 1)
        return broken('a count that skips');
      return 'entry';
    },
  };
}

const KEY = 'a key that no stranger has';

/** Announcements as bytes: flips, cuts and repeats of sealed ones. */
export function announcementTarget(
  random: SeededRandom,
  decode: (bytes: Buffer, key: string) => Announcement = decodeAnnouncement,
): Target<Buffer> {
  const golden = goldenAnnouncements(KEY);
  return {
    name: 'announcements',
    next: () => (random.below(20) === 0 ? random.pick(golden) : editBytes(random, random.pick(golden))),
    check(bytes) {
      const heard = decode(bytes, KEY);
      if (heard.type === 'signal') return faultOfSignal(heard) ?? 'signal';
      if (heard.type !== 'entries') return heard.type;
      return golden.some((good) => good.equals(bytes)) ? 'entries' : broken('takes what nobody has sealed for entries');
    },
  };
}

function faultOfSignal(signal: Extract<Announcement, { type: 'signal' }>): Violation | null {
  if (signal.sender !== null && !isUserId(signal.sender)) return broken('a signal of a malformed sender');
  JSON.parse(signal.data);
  const again = decodeAnnouncement(Buffer.from(encodeSignal(signal)), KEY);
  return again.type === 'signal' && again.data === signal.data ? null : broken('a signal prints as another one');
}

const SIGNS = [
  ' ',
  '  ',
  '\n',
  '-',
  '+',
  '~',
  '0',
  '1',
  '9',
  'a',
  'j',
  'b',
  'c',
  '1 ',
  '0-0~',
  '\u0000',
  '\ud800',
  'ü',
  '\u2028',
];

function editText(random: SeededRandom, text: string): string {
  let edited = text;
  for (let edits = random.below(4); edits > 0; edits -= 1) {
    const at = random.below(edited.length + 1);
    edited = edited.slice(0, at) + random.pick(SIGNS) + edited.slice(at + random.below(4));
  }
  return edited;
}

function editBytes(random: SeededRandom, good: Buffer): Buffer {
  const at = random.below(good.length);
  switch (random.below(5)) {
    case 0:
      return good.subarray(0, at);
    case 1:
      return Buffer.concat([good.subarray(0, at), good.subarray(random.below(good.length))]);
    case 2: {
      const noise = Buffer.allocUnsafe(1 + random.below(8));
      for (let i = 0; i < noise.length; i += 1) noise[i] = random.below(256);
      return Buffer.concat([good.subarray(0, at), noise, good.subarray(at + random.below(2))]);
    }
    default: {
      const flipped = Buffer.from(good);
      for (let flips = 1 + random.below(4); flips > 0; flips -= 1) {
        flipped[random.below(good.length)] = random.below(3) === 0 ? 10 : random.below(256);
      }
      return flipped;
    }
  }
}
