import type { Cursor, RoomId } from '@holdline/protocol';
import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { LogError, type AppendMessage, type AppendOutcome } from '../log/message-log.ts';
import { silentLogger, type LogFields } from '../logger.ts';
import { RewriteNotes } from './rewrite-notes.ts';
import { createRoomKit, LOBBY, MemoryMember, type RoomKit } from './room.kit.ts';

const rewrite = { fork: '1-3~m3' as Cursor, head: '1-5~m5' as Cursor };
const HOUR_MS = 3_600_000;

/** A log that refuses the first `refusals` appends. */
function createNotes(refusals: number) {
  const clock = new ManualClock();
  const appended: { room: RoomId; message: AppendMessage; atMs: number }[] = [];
  const errors: LogFields[] = [];
  const log = {
    async append(room: RoomId, messages: readonly AppendMessage[]): Promise<readonly AppendOutcome[]> {
      for (const message of messages) appended.push({ room, message, atMs: clock.monotonic() });
      if (appended.length <= refusals) throw new LogError('store_refused', 'READONLY');
      return [{ status: 'stored', id: '1-6' as never }];
    },
  };
  const logger = { ...silentLogger, error: (fields: LogFields) => void errors.push(fields) };
  return { notes: new RewriteNotes({ log, clock, logger }), clock, appended, errors };
}

test('[G4.8] a note is tried until it is written, each time under the same message ID', async () => {
  const { notes, clock, appended, errors } = createNotes(12);

  notes.note(LOBBY, rewrite);
  await clock.advanceAsync(HOUR_MS);

  expect(appended).toHaveLength(13);
  expect(new Set(appended.map(({ message }) => message.messageId)).size).toBe(1);
  expect(errors).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('[G4.8] tries are spaced out and counted, and their end is said once', async () => {
  const { notes, clock, appended, errors } = createNotes(Infinity);

  notes.note(LOBBY, rewrite);
  await clock.advanceAsync(HOUR_MS);

  const waits = appended.slice(1).map(({ atMs }, i) => atMs - appended[i]!.atMs);
  expect(appended).toHaveLength(60);
  expect(Math.max(...waits)).toBeLessThanOrEqual(5000);
  expect(appended.at(-1)!.atMs).toBeGreaterThan(120_000);
  expect(errors).toEqual([{ room: LOBBY, why: 'the log does not take it' }]);
  expect(clock.pendingTimers).toBe(0);
});

test('[G4.8] after close nothing is appended, and no timer is left', async () => {
  const { notes, clock, appended, errors } = createNotes(Infinity);
  notes.note(LOBBY, rewrite);
  notes.note('other' as RoomId, rewrite);
  await clock.advanceAsync(1000);
  const before = appended.length;
  expect(clock.pendingTimers).toBe(2);

  notes.close();
  notes.note('late' as RoomId, rewrite);
  await clock.advanceAsync(HOUR_MS);

  expect(appended).toHaveLength(before);
  expect(clock.pendingTimers).toBe(0);
  expect(errors.map(({ room, why }) => `${String(room)}: ${String(why)}`).toSorted()).toEqual([
    'late: the instance is closing',
    'lobby: the instance is closing',
    'other: the instance is closing',
  ]);
});

test('[G4.8] more notes at a time than the bound are given up, and said', async () => {
  const { notes, clock, appended, errors } = createNotes(0);

  for (let i = 0; i < 4097; i++) notes.note(`room-${i}` as RoomId, rewrite);
  await clock.advanceAsync(0);
  notes.note(LOBBY, rewrite);
  await clock.advanceAsync(0);

  expect(errors).toEqual([{ room: 'room-4096', why: 'too many at a time' }]);
  expect(appended).toHaveLength(4097);
});

/** A room whose history is rewritten while the store takes no writes, so that the note waits. */
async function createWaitingNote(): Promise<{ kit: RoomKit; alice: MemoryMember; leave(): void }> {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.registry.acquire(LOBBY);
  const membership = room.enter(alice, { cursor: 'live', recent: [], mayReadHistory: true });
  kit.registry.release(room);
  await kit.publish(1, 3);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(4, 5);
  await kit.controls.restore(snapshot);
  await kit.controls.refuseWrites(true);
  await kit.clock.advanceAsync(6000);
  expect(alice.of('gap')).toMatchObject([{ reason: 'rewritten' }]);
  return {
    kit,
    alice,
    leave() {
      room.leave(membership);
      kit.registry.retireIfEmpty(room);
    },
  };
}

const kinds = async (kit: RoomKit): Promise<readonly string[]> => (await kit.wholeLog()).map(({ kind }) => kind);

test('[G4.8] a registry that closes while a note waits appends nothing more and leaves no timer', async () => {
  const { kit } = await createWaitingNote();

  await kit.registry.close();
  expect(kit.clock.pendingTimers).toBe(0);
  await kit.controls.refuseWrites(false);
  await kit.clock.advanceAsync(HOUR_MS);

  expect(await kinds(kit)).toEqual(['json', 'json', 'json']);
});

test('[G4.8] a note is still written when its room has retired meanwhile', async () => {
  const { kit, leave } = await createWaitingNote();

  leave();
  await kit.clock.advanceAsync(20_000);
  expect(kit.registry.size).toBe(0);
  await kit.controls.refuseWrites(false);
  await kit.clock.advanceAsync(6000);

  expect(await kinds(kit)).toEqual(['json', 'json', 'json', 'control']);
});

test('[G7.3] a registry that closes while its reads fail leaves no timer', async () => {
  const kit = await createRoomKit();
  const [live, behind] = [new MemoryMember('live'), new MemoryMember('behind')];
  await kit.publish(1, 3);
  const room = await kit.enter(live);
  await kit.controls.goAway();
  await kit.enter(behind, { cursor: '0-0~' as Cursor });
  room.markDirty();
  await kit.clock.advanceAsync(1000);
  expect(kit.metrics.value('log_read_failures')).toBeGreaterThan(3);

  await kit.registry.close();

  expect(kit.clock.pendingTimers).toBe(0);
  const reads = kit.metrics.value('log_read_failures');
  await kit.clock.advanceAsync(HOUR_MS);
  expect(kit.metrics.value('log_read_failures')).toBe(reads);
});
