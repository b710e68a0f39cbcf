/**
 * Hop 5/8: the text that `lua/page.lua` returns → raw entries. The payloads stay where they are in its bytes. Whatever
 * is not exactly such a text is null.
 */
import { isAscii } from 'node:buffer';
import type { RawEntry } from './entry-codec.ts';

export interface PageText {
  readonly position: string | null;
  readonly after: readonly RawEntry[];
}

const HEAD = /^(\d{1,4}) (.{0,200})$/;

export function readPageText(bytes: Buffer): PageText | null {
  const text = bytes.toString('latin1');
  const headEnd = endOfLine(text, 0);
  const head = HEAD.exec(text.slice(0, headEnd));
  if (head === null) return null;
  const [, count, position = ''] = head;
  const encoding = isAscii(bytes) ? 'latin1' : 'utf8';
  const after: RawEntry[] = [];
  let at = headEnd + 1;
  for (let left = Number(count); left > 0; left--) {
    const idEnd = endOfLine(text, at);
    const headerEnd = endOfLine(text, idEnd + 1);
    const dataEnd = endOfLine(text, headerEnd + 1);
    if (headerEnd >= text.length) return null;
    // Copies, both: a part of `text` would keep the whole page in memory for as long as somebody remembers an ID.
    const id = bytes.toString('latin1', at, idEnd);
    const header = bytes.toString(encoding, idEnd + 1, headerEnd);
    after.push({ id, header, data: bytes.subarray(headerEnd + 1, dataEnd) });
    at = dataEnd + 1;
  }
  // One line too many: a line break stands in an entry, and there is no telling in which.
  return at === text.length + 1 ? { position: position === '' ? null : position, after } : null;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
