/** beside Hop 4/8 – who a connection acts as, and what it may do in which rooms. */
import type { RoomId, UserId } from '@holdline/protocol';

export const PERMISSIONS = ['join', 'publish', 'signal', 'history'] as const;
/**
 * - `join`: live messages, and going on from a cursor that proves to have been there.
 * - `history`: what was stored before: `start`, the last k, and what follows any other cursor.
 */
export type Permission = (typeof PERMISSIONS)[number];

/** Room pattern → what is allowed there. `*` stands for any characters; the first pattern that matches decides. */
export type RoomGrants = ReadonlyMap<string, readonly Permission[]>;

export interface Principal {
  /** Null for an anonymous connection. */
  readonly user: UserId | null;
  /** Ms since 1970 at which the connection must have a new token; null when it need not. */
  readonly expiresAt: number | null;
  /** `all` permits everything everywhere. */
  readonly grants: RoomGrants | 'all';
}

export function isGranted({ grants }: Principal, room: RoomId, permission: Permission): boolean {
  if (grants === 'all') return true;
  for (const [pattern, permissions] of grants) {
    if (matchesPattern(pattern, room)) return permissions.includes(permission);
  }
  return false;
}

/** Linear in room times stars at worst: it only ever goes back to the last star. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resumeAt = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resumeAt = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
