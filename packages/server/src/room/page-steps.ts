/**
 * Hop 7/8: a page that was read for members far behind → the frames that carry it, past the items of the room: one batch
 * is put together as one text and written into memory once. What is in a frame is byte for byte what `steps.ts` makes
 * of the same entries (G1.3).
 */
import { MAX_BATCH_FRAMES, type RoomId, type UserId } from '@holdline/protocol';
import { cursorOf, type Entry } from '../log/entry.ts';
import { isJson } from './room-item.ts';
import { MAX_BATCH_BYTES, type Step } from './steps.ts';
import { TextFrame } from './text-frame.ts';

const BATCH_HEAD = '{"type":"batch","frames":[';
const BATCH_TAIL = ']}';

/** Null where the page holds anything but messages: that is for `toSteps`. */
export function pageSteps(room: RoomId, entries: readonly Entry[]): readonly Step[] | null {
  const senders = new Map<UserId | null, string>();
  const head = `{"type":"message","room":"${room}","id":"`;
  const steps: Step[] = [];
  let texts = '';
  let messages = 0;
  let first = 0;
  const flush = (end: number): void => {
    if (messages === 0) return;
    const text = messages === 1 ? texts : BATCH_HEAD + texts + BATCH_TAIL;
    const frame = TextFrame.ofLatin1(text);
    steps.push({ kind: 'messages', frame, taken: { messages, gaps: 0 }, end: cursorOf(entries[end - 1]!) });
    texts = '';
    messages = 0;
    first = end;
  };
  for (const [i, entry] of entries.entries()) {
    const data = entry.data.toString('latin1');
    // Bytes as characters: what is JSON stays JSON, and what is none stays none.
    // What was decoded from the log has sound names.
    if (entry.kind === 'control' || !isJson(data)) return null;
    let sender = senders.get(entry.sender);
    if (sender === undefined) {
      sender = Buffer.from(JSON.stringify(entry.sender)).toString('latin1');
      senders.set(entry.sender, sender);
    }
    const field = entry.kind === 'binary' ? 'base64' : 'data';
    const text =
      `${head}${entry.id}","event":"${entry.event}","messageId":"${entry.messageId}",` +
      `"sender":${sender},"${field}":${data}}`;
    if (texts.length + text.length > MAX_BATCH_BYTES || i - first === MAX_BATCH_FRAMES) flush(i);
    texts = messages === 0 ? text : `${texts},${text}`;
    messages += 1;
  }
  flush(entries.length);
  return steps;
}
