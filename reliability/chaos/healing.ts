// When is everybody whole again? When each page that should be there is connected, live in all its rooms, and stands at or
// behind what the rooms held when the cause was taken away.

import { compareStreamIds, type StreamId } from '@holdline/protocol';
import type { Page } from './actors/page.ts';
import type { World } from './world.ts';

const LOOK_EVERY_MS = 10;
/** What a page told earlier than this after the cause was gone may be from before it heard of it. */
const NEWS_MS = 20;
/** Beyond this a page is stuck, and the run has failed. */
export const HEAL_DEADLINE_MS = 45_000;

export interface Healing {
  readonly isWhole: boolean;
  /** Who was not, and how it stood. */
  readonly missing: readonly string[];
}

/** Whoever waits longer than this asks the publishers to go slow: readers that are behind must not fall further behind. */
const PATIENCE_MS = 4000;

export async function waitWhole(world: World, pages: readonly Page[], deadlineMs = HEAL_DEADLINE_MS): Promise<Healing> {
  let release = (): void => undefined;
  const timer = setTimeout(() => (release = world.goSlow()), PATIENCE_MS);
  try {
    return await untilWhole(world, pages, deadlineMs);
  } finally {
    clearTimeout(timer);
    release();
  }
}

/**
 * Nothing is published any more, so that each page has to end exactly where its rooms stand. A page that is ahead of a room has
 * not been told yet that history is gone: in a quiet room that takes up to 5 s (G5.2).
 */
export async function untilLevel(world: World, deadlineMs: number): Promise<Healing> {
  const endsAtMs = world.timeLine.now() + deadlineMs;
  for (;;) {
    const heads = await world.heads();
    const missing = world.pages.filter((page) => !isWhole(page, heads, 0) || !isLevel(page, heads));
    if (missing.length === 0) return { isWhole: true, missing: [] };
    if (world.timeLine.now() > endsAtMs)
      return { isWhole: false, missing: missing.map((page) => describe(page, heads)) };
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_EVERY_MS));
  }
}

/** The same as `waitWhole`, with the traffic as it is. */
async function untilWhole(world: World, pages: readonly Page[], deadlineMs: number): Promise<Healing> {
  const fromMs = world.timeLine.now();
  const endsAtMs = fromMs + deadlineMs;
  const heads = await world.heads();
  for (;;) {
    const missing = pages.filter((page) => !isWhole(page, heads, fromMs + NEWS_MS));
    if (missing.length === 0) return { isWhole: true, missing: [] };
    if (world.timeLine.now() > endsAtMs)
      return { isWhole: false, missing: missing.map((page) => describe(page, heads)) };
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Every outbox is empty, also what dead pages have left. */
export async function waitSettled(world: World, deadlineMs: number): Promise<Healing> {
  const endsAtMs = world.timeLine.now() + deadlineMs;
  for (;;) {
    const missing = [
      ...world.pages.filter((page) => !isSettled(page)).map((page) => describe(page, new Map())),
      ...world.browsers.filter(({ kept }) => kept > 0).map(({ name, kept }) => `${name} keeps ${kept}`),
    ];
    if (missing.length === 0) return { isWhole: true, missing };
    if (world.timeLine.now() > endsAtMs) return { isWhole: false, missing };
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_EVERY_MS));
  }
}

const isSettled = ({ progress }: Page): boolean => progress?.unanswered === 0 && !progress.isPublishing;

function isWhole({ progress }: Page, heads: ReadonlyMap<string, string>, sinceMs: number): boolean {
  if (progress?.connection !== 'connected' || progress.atMs < sinceMs) return false;
  return Object.entries(progress.rooms).every(
    ([room, { state, cursor }]) => state === 'live' && cursor !== null && isAtLeast(cursor, heads.get(room) ?? '0-0'),
  );
}

const isLevel = ({ progress }: Page, heads: ReadonlyMap<string, string>): boolean =>
  Object.entries(progress?.rooms ?? {}).every(
    ([room, { cursor }]) => cursor?.split('~')[0] === (heads.get(room) ?? '0-0'),
  );

const isAtLeast = (cursor: string, head: string): boolean =>
  compareStreamIds(cursor.split('~')[0] as StreamId, head as StreamId) >= 0;

function describe({ name, progress }: Page, heads: ReadonlyMap<string, string>): string {
  if (progress === null) return `${name}: no session`;
  const rooms = Object.entries(progress.rooms).map(
    ([room, { state, cursor }]) => `${room} ${state} at ${cursor} of ${heads.get(room) ?? '?'}`,
  );
  return `${name} (${progress.session}): ${progress.connection}, ${progress.unanswered} unanswered, ${rooms.join(', ')}`;
}
