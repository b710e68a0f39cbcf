/**
 * Hop 7/8: items → the frames that carry them, built once and shared by all members at the same place. A step is
 * what a member takes or leaves as a whole, so that a member always stands on an entry.
 */
import { encodeFrame, MAX_BATCH_FRAMES, type Cursor, type RoomId } from '@holdline/protocol';
import type { Gap } from '../log/message-log.ts';
import type { Rewrite, RoomItem } from './room-item.ts';
import { TextFrame } from './text-frame.ts';

/** What a step amounts to for a member that takes it, for the counters. */
export interface Taken {
  readonly messages: number;
  readonly gaps: number;
}

export type Step =
  | { readonly kind: 'messages'; readonly frame: TextFrame; readonly taken: Taken; readonly end: Cursor }
  /** Entries that hold nothing to deliver. */
  | { readonly kind: 'skip'; readonly end: Cursor }
  /** A control entry: news for some members, nothing for those who were told already. */
  | { readonly kind: 'rewrite'; readonly rewrite: Rewrite; readonly end: Cursor }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly end: Cursor };

/** A batch frame grows to about this; a single larger message goes alone. */
export const MAX_BATCH_BYTES = 65_536;

const BATCH_HEAD = Buffer.from('{"type":"batch","frames":[');
const BATCH_TAIL = Buffer.from(']}');
const COMMA = Buffer.from(',');

const ONE_MESSAGE: Taken = { messages: 1, gaps: 0 };

export function toSteps(items: readonly RoomItem[]): readonly Step[] {
  const [only] = items;
  if (items.length === 1 && only !== undefined && only.frame !== null) {
    return [{ kind: 'messages', frame: only.frame, taken: ONE_MESSAGE, end: only.cursor }];
  }
  const steps: Step[] = [];
  let frames: TextFrame[] = [];
  let bytes = 0;
  let end: Cursor | null = null;
  const flush = (): void => {
    if (end !== null) {
      steps.push({ kind: 'messages', frame: joinFrames(frames), taken: { messages: frames.length, gaps: 0 }, end });
    }
    frames = [];
    bytes = 0;
    end = null;
  };
  for (const item of items) {
    if (item.frame === null) {
      flush();
      steps.push(emptyStep(item));
      continue;
    }
    const { length } = item.frame.wire;
    if (bytes + length > MAX_BATCH_BYTES || frames.length === MAX_BATCH_FRAMES) flush();
    frames.push(item.frame);
    bytes += length;
    end = item.cursor;
  }
  flush();
  return steps;
}

const emptyStep = (item: RoomItem): Step =>
  item.rewrite === null
    ? { kind: 'skip', end: item.cursor }
    : { kind: 'rewrite', rewrite: item.rewrite, end: item.cursor };

function joinFrames(frames: readonly TextFrame[]): TextFrame {
  if (frames.length === 1) return frames[0]!;
  const parts: Buffer[] = [BATCH_HEAD];
  frames.forEach((frame, index) => {
    if (index > 0) parts.push(COMMA);
    parts.push(frame.payload);
  });
  parts.push(BATCH_TAIL);
  return TextFrame.ofParts(parts);
}

/** Counts of two histories do not compare; a difference that makes no sense is not told. */
export const gapFrame = (room: RoomId, { from, to, missed, reason, next }: Gap): string =>
  encodeFrame({ type: 'gap', room, from, to, missed: missed !== null && missed >= 0 ? missed : null, reason, next });

export const skipFrame = (room: RoomId, cursor: Cursor): string => encodeFrame({ type: 'skip', room, cursor });
