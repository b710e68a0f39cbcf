/** Hop 4/8: what a payload must be, beyond what decoding checks. Pure. */
import { MAX_DATA_DEPTH, type PublishFrame } from '@holdline/protocol';
import type { Refusal } from './session.ts';

/** Walks without recursion: what nests deeper than the stack must not end the process. */
export function nestsDeeperThan(value: unknown, maxDepth: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      if (depth === maxDepth) return true;
      for (const child of Object.values(item)) if (typeof child === 'object') next.push(child);
    }
    level = next;
  }
  return false;
}

/** Null when the frame may be stored. */
export function checkPublish(frame: PublishFrame, frameBytes: number, maxFrameBytes: number): Refusal | null {
  if (frameBytes > maxFrameBytes) return { code: 'message_too_large', detail: 'limits.maxFrameBytes' };
  // Each level takes an opening and a closing bracket, so a short frame cannot hold too many.
  if (frameBytes > 2 * MAX_DATA_DEPTH && nestsDeeperThan(frame.data, MAX_DATA_DEPTH))
    return { code: 'bad_data', detail: 'publish.data nests too deeply' };
  return null;
}

/** The payload as JSON text: printed once, from here on the bytes stay as they are. */
export const payloadText = ({ data, base64 }: PublishFrame): string => JSON.stringify(base64 ?? data);
