/** What holds at the end of every schedule, when all faults are over. What is seen on the way is judged in `room-watch.ts`. */
import type { Page } from './page.ts';
import { idOf, numberOf, type Stored } from './truth.ts';
import type { World } from './world.ts';

/** Null when everything has its answer, and every page stands where its rooms stand. */
export async function whatIsMissing(world: World): Promise<string | null> {
  try {
    return whatPagesMiss(world) ?? (await whatRoomsMiss(world)) ?? whatOutboxesKeep(world);
  } catch {
    return 'the store does not answer';
  }
}

function whatPagesMiss(world: World): string | null {
  for (const page of world.livePages) {
    if (page.client.state !== 'connected') return `page ${page.name} is ${page.client.state}`;
    if (page.client.outbox.size > 0) return `page ${page.name} has ${page.client.outbox.size} messages in its outbox`;
    const waiting = page.published.find(({ outcome }) => outcome === 'waiting');
    if (waiting !== undefined) return `page ${page.name} waits for an answer to ${waiting.messageId}`;
  }
  return null;
}

async function whatRoomsMiss(world: World): Promise<string | null> {
  for (const room of world.plan.rooms) {
    const position = await world.position(room);
    for (const page of world.livePages) {
      const { state, cursor } = page.room(room);
      if (state !== 'live') return `page ${page.name} is ${state} in ${room}`;
      if (cursor !== position)
        return `page ${page.name} stands at ${String(cursor)} in ${room}, the room at ${position}`;
    }
  }
  return null;
}

/** Records that no page holds. Before the last reload only those count of which no page knows the end; after it also those. */
function whatOutboxesKeep(world: World): string | null {
  if (![...world.browsers.values()].some(({ unsettled }) => unsettled.length > 0)) return null;
  const settled = new Set(
    world.pages.flatMap(({ published }) => published.flatMap(({ messageId, id }) => (id === null ? [] : [messageId]))),
  );
  for (const { user, unsettled } of world.browsers.values()) {
    const kept = unsettled.filter(({ frame: { messageId } }) => world.hasReloaded || !settled.has(messageId));
    const isBroken = world.livePages.some(({ browser, isStorageBroken }) => browser.user === user && isStorageBroken);
    if (kept.length > 0 && !isBroken)
      return `the outbox of ${user} keeps ${kept.map(({ frame }) => frame.messageId).join()}`;
  }
  return null;
}

export async function checkEnd(world: World): Promise<void> {
  const missing = await whatIsMissing(world);
  if (missing !== null) world.violated('G2.3', `not whole in the end: ${missing}`);
  for (const room of world.plan.rooms) {
    const standing = await world.standing(room);
    checkOrder(world, room, standing);
    checkAcknowledged(world, room, standing);
    for (const page of world.livePages) checkComplete(world, room, page, standing);
  }
  for (const server of world.liveServers) {
    const faults = server.server.metrics.value('faults');
    if (faults > 0 && !world.hasHookFaults) world.violated('G7.6', `${server.instance} counts ${faults} faults`);
  }
}

/** G3.1: no message twice. G1.2: those of one page were first stored in the order in which it published them. */
function checkOrder(world: World, room: string, standing: readonly Stored[]): void {
  const seen = new Set<string>();
  for (const { messageId } of standing) {
    if (seen.has(messageId)) world.violated('G3.1', `${messageId} stands twice in ${room}`);
    seen.add(messageId);
  }
  // What is refused for good is judged anew when its answer was lost; where the rules changed meanwhile it is late.
  if (world.hasHookFaults) return;
  const firsts = new Map<string, number>();
  for (const { messageId } of world.truth.entries(room)) if (!firsts.has(messageId)) firsts.set(messageId, firsts.size);
  for (const page of world.pages) {
    let [last, lastId, lastNaps] = [-1, '', 0];
    for (const { messageId, room: where, isRepeated, code, naps } of page.published) {
      // A page that slept and died: two may share what it left before and after its sleep.
      if (naps !== lastNaps) [last, lastId, lastNaps] = [-1, '', naps];
      // What was taken back may be sent by the next page all the same, where the storage was too slow to forget it.
      const isFree = isRepeated || code === 'aborted' || code === 'cleared';
      const place = where === room && !isFree ? firsts.get(messageId) : undefined;
      if (place === undefined) continue;
      if (place < last) world.violated('G1.2', `${messageId} of ${page.name} was stored before ${lastId} in ${room}`);
      [last, lastId] = [place, messageId];
    }
  }
}

/** G2.1: what was acknowledged was stored, and stands there still, unless history was removed or replaced. */
function checkAcknowledged(world: World, room: string, standing: readonly Stored[]): void {
  const kept = new Set(standing.map(({ id, messageId }) => `${id}~${messageId}`));
  for (const page of world.pages) {
    for (const { room: where, messageId, outcome, id } of page.published) {
      if (where !== room || outcome !== 'stored' || id === null) continue;
      if (!world.truth.has(room, id, messageId))
        world.violated('G2.1', `${messageId} was acknowledged as ${id} and never stored`);
      else if (world.wounds.size === 0 && !kept.has(`${id}~${messageId}`)) {
        world.violated('G2.1', `${messageId} was acknowledged as ${id} and is not there any more`);
      }
    }
  }
}

/** G2.3, G4.1: what stands after the place of a page it has seen, or a gap covers it. */
function checkComplete(world: World, room: string, page: Page, standing: readonly Stored[]): void {
  const watch = page.watches.get(room);
  if (watch === undefined || watch.placedAt === null) return;
  const from = numberOf(idOf(watch.placedAt));
  const seen = new Set(watch.delivered);
  const hasTurned = watch.gaps.some(({ reason }) => reason === 'rewritten' || reason === 'lost');
  for (const { id, n, messageId, isControl } of standing) {
    if (isControl || n <= from || seen.has(`${id}~${messageId}`)) continue;
    const isCovered = watch.gaps.some(
      ({ from: after, to, next }) =>
        n > numberOf(after) && n <= Math.max(to === null ? 0 : numberOf(to), numberOf(idOf(next))),
    );
    if (!isCovered && !hasTurned) world.violated('G2.3', `${page.name} never saw ${id}~${messageId} of ${room}`);
  }
  if (world.wounds.size === 0 && watch.gaps.length > 0) {
    world.violated(
      'G4.1',
      `${page.name} was told of a gap ${watch.gaps[0]!.reason} in ${room}, and nothing was ever removed`,
    );
  }
}
