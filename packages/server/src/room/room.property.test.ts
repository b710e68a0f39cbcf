/**
 * Random histories of one room under every fault the embedded engine knows. After each, every member's
 * own account of what it was told must hold together, and at the end all stand where the log ends.
 */
import { createRandom, propertyRuns, type SeededRandom } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { compareStreamIds, parseCursor, ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import type { Entry } from '../log/entry.ts';
import type { Membership } from './membership.ts';
import { createRoomKit, LOBBY, MemoryMember, ReaderModel, textMessage, type RoomKit } from './room.kit.ts';
import type { Room } from './room.ts';

interface Seat {
  readonly member: MemoryMember;
  readonly room: Room;
  readonly membership: Membership;
}

interface World {
  readonly kit: RoomKit;
  readonly random: SeededRandom;
  readonly seats: Seat[];
  readonly accounts: ReaderModel[];
  published: number;
  snapshot: unknown;
}

const ACTIONS: Readonly<Record<string, readonly [weight: number, act: (world: World) => Promise<void>]>> = {
  publish: [40, (world) => publish(world, 1 + world.random.below(6))],
  burst: [4, (world) => publish(world, 60)],
  lose: [8, ({ kit, random }) => kit.controls.dropNextAnnouncements(LOBBY, 1 + random.below(3))],
  cut: [3, ({ kit }) => kit.controls.cutFeed('here')],
  heal: [6, ({ kit }) => kit.controls.healFeed('here')],
  away: [3, ({ kit }) => kit.controls.goAway()],
  back: [8, ({ kit }) => kit.controls.comeBack()],
  trim: [3, ({ kit, random }) => kit.controls.trim(LOBBY, random.below(30))],
  remember: [4, async (world) => void (world.snapshot = await world.kit.controls.snapshot())],
  rollBack: [3, ({ kit, snapshot }) => (snapshot === null ? Promise.resolve() : kit.controls.restore(snapshot))],
  forget: [1, ({ kit }) => kit.controls.forgetEverything()],
  forgetPosition: [2, ({ kit }) => kit.controls.forgetPosition(LOBBY)],
  foreign: [2, async ({ kit }) => void (await kit.controls.addForeignEntry(LOBBY))],
  noise: [3, ({ kit }) => kit.controls.announceRaw(LOBBY, 'noise')],
  clock: [2, async ({ kit, random }) => kit.controls.shiftClock(random.below(20_000) - 10_000)],
  join: [20, join],
  leave: [8, async ({ seats, random, kit }) => leave(kit, seats, random)],
  stall: [
    8,
    async ({ seats, random }) => void (seats.length > 0 && (random.pick(seats).member.capacity = random.below(4))),
  ],
  drain: [
    12,
    async ({ seats, random }) => void (seats.length > 0 && random.pick(seats).member.drain(1 + random.below(40))),
  ],
  wait: [20, ({ kit, random }) => kit.clock.advanceAsync(random.below(3000))],
};

async function publish({ kit, ...world }: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const n = (world.published += 1);
    await kit.engine.log.append(LOBBY, [textMessage(`m${n}-${world.random.below(1e9)}`, n)]).catch(() => undefined);
  }
}

/** As clients do: a newcomer, or somebody who was here and comes back with cursor and older cursors. */
async function join({ kit, random, seats, accounts }: World): Promise<void> {
  if (seats.length >= 12) return;
  const past = accounts.length > 0 && random.below(3) > 0 ? random.pick(accounts) : null;
  const cursor: Cursor | 'live' = past?.cursor ?? (random.below(2) === 0 ? 'live' : ZERO_CURSOR);
  const member = new MemoryMember(`member-${accounts.length}`);
  const entering = enter(kit, member, cursor).then(
    (seat) => void seats.push(seat),
    // The log is away: refused, as a join would be.
    () => undefined,
  );
  if (random.below(2) === 0) await Promise.race([entering, kit.clock.advanceAsync(300)]);
}

async function enter(kit: RoomKit, member: MemoryMember, cursor: Cursor | 'live'): Promise<Seat> {
  const room = await kit.registry.acquire(LOBBY);
  const membership = room.enter(member, { cursor, recent: [], mayReadHistory: true });
  kit.registry.release(room);
  return { member, room, membership };
}

function leave(kit: RoomKit, seats: Seat[], random: SeededRandom): void {
  const [seat] = seats.length > 0 ? seats.splice(random.below(seats.length), 1) : [];
  if (seat === undefined) return;
  seat.room.leave(seat.membership);
  kit.registry.retireIfEmpty(seat.room);
}

async function live(seed: number): Promise<void> {
  const random = createRandom(seed);
  const kit = await createRoomKit({
    seed,
    ...(random.below(3) > 0 && { readDelayMs: () => random.below(200) }),
    window: { maxBytes: random.pick([600, 3000, 50_000]), maxItems: random.pick([2, 16, 500]) },
    pageSize: random.pick([2, 7, 50]),
  });
  const world: World = { kit, random, seats: [], accounts: [], published: 0, snapshot: null };
  const lots = Object.values(ACTIONS).flatMap(([weight, act]) => Array.from({ length: weight }, () => act));
  for (let step = 0; step < 120; step++) {
    await random.pick(lots)(world);
    if (random.below(3) === 0) await kit.settle();
    if (random.below(10) === 0) note(world);
  }
  await comeToRest(world);
}

/** What members were told so far has to make sense at any moment; some of it is used to come back with. */
function note({ seats, accounts }: World): void {
  for (const { member } of seats) accounts.push(new ReaderModel().follow(member.frames));
}

async function comeToRest({ kit, seats }: World): Promise<void> {
  await kit.controls.comeBack();
  await kit.controls.healFeed('here');
  const [position] = await kit.engine.log.positions([LOBBY]);
  const isAtRest = ({ member, room }: Seat): boolean =>
    room.position === position && new ReaderModel().follow(member.frames).isLive;
  // Long enough for a check of the tail, and for many small pages that each take their time.
  for (let i = 0; i < 8 || (i < 60 && !seats.every(isAtRest)); i++) {
    for (const { member } of seats) member.drain();
    await kit.clock.advanceAsync(4000);
    await kit.settle();
  }
  const log = await kit.wholeLog();
  const [end] = await kit.engine.log.positions([LOBBY]);
  for (const { member, room } of seats) {
    const account = new ReaderModel().follow(member.frames);
    expect(room.position).toBe(end);
    expect(account.isLive).toBe(true);
    expect(account.cursor).toBe(end);
    expectSameHistory(account, log);
  }
}

/** What came since the last gap is exactly what the log holds from there on, as far as it still reaches back. */
function expectSameHistory(account: ReaderModel, log: readonly Entry[]): void {
  const base = parseCursor(account.base)!.id;
  const kept = log.filter((entry) => compareStreamIds(entry.id, base) > 0);
  const oldest = log[0]?.id;
  const told = oldest === undefined ? [] : account.since.filter((id) => compareStreamIds(id, oldest) >= 0);
  expect(told).toEqual(kept.filter((entry) => entry.kind !== 'control').map((entry) => entry.id));
}

test('[G1.1] [G4.1] [G4.7] whatever happens to log, feed and sockets, each member is told one history that holds together', async () => {
  for (let seed = 1000; seed < 1000 + propertyRuns(60); seed++) {
    await expect(live(seed), `seed ${seed}`).resolves.toBeUndefined();
  }
}, 600_000);
