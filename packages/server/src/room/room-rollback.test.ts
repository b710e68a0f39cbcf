// Redis goes back to an earlier state: to before the room opened, under members that may not read history, and under those that catch up.
import { expect, test } from 'vitest';
import { ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { cursorOf } from '../log/entry.ts';
import { createRoomKit, LOBBY, MemoryMember, ReaderModel, textMessage, type RoomKit } from './room.kit.ts';

interface Rolled {
  readonly kit: RoomKit;
  /** Cursors of m1, m2, … as they were before. */
  readonly at: (n: number) => Cursor;
  rollBack(): Promise<void>;
}

/** Messages up to `kept` and then up to `total` in the log, before anybody has entered. */
async function filled(kept: number, total: number, options: Parameters<typeof createRoomKit>[0] = {}): Promise<Rolled> {
  const kit = await createRoomKit(options);
  await kit.publish(1, kept);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(kept + 1, total);
  const log = await kit.wholeLog();
  return { kit, at: (n) => cursorOf(log[n - 1]!), rollBack: () => kit.controls.restore(snapshot) };
}

const controlsOf = async (kit: RoomKit) => (await kit.wholeLog()).filter(({ kind }) => kind === 'control');

test('[G4.5] a rollback to before the room opened here is a rewritten history with its fork, and is noted for others', async () => {
  const { kit, at, rollBack } = await filled(9, 10);
  const alice = new MemoryMember('alice');
  await kit.enter(alice, { cursor: at(10), recent: [at(9)] });
  await kit.settle();

  await rollBack();
  await kit.clock.advanceAsync(10_000);

  expect(alice.of('gap')).toMatchObject([{ reason: 'rewritten', from: at(9).split('~')[0], missed: 1 }]);
  expect(alice.messageIds).toEqual([]);
  expect(await controlsOf(kit)).toHaveLength(1);
});

test.each([
  ['rewritten', 9],
  ['lost', 30],
])('[G8.4] without history nobody gets what was stored before, after a rollback that is %s', async (reason, lost) => {
  const { kit, at, rollBack } = await filled(40 - lost, 40, { pageSize: 3 });
  const [reader, stranger, late] = ['reader', 'stranger', 'late'].map((name) => new MemoryMember(name)) as [
    MemoryMember,
    MemoryMember,
    MemoryMember,
  ];
  await kit.enter(reader);
  const room = await kit.enter(stranger, { mayReadHistory: false });
  await kit.settle();

  await rollBack();
  await kit.clock.advanceAsync(10_000);
  // Comes back to a room that knows, from a history that it does not have.
  await kit.enter(late, { mayReadHistory: false, cursor: at(40), recent: [at(8)] });
  await kit.settle();
  await kit.publish(41);

  for (const member of [stranger, late]) {
    expect(member.messageIds).toEqual(['m41']);
    expect(member.of('gap')).toHaveLength(1);
    new ReaderModel().follow(member.frames);
  }
  expect(stranger.of('gap')[0]).toMatchObject({ reason });
  expect(reader.of('gap')).toMatchObject([{ reason }]);
  expect(reader.messageIds.at(-1)).toBe('m41');
  expect(room.memberCount).toBe(3);
});

test('[G4.7] without history, and nothing new since: the gap reaches to the lost head, and the note does not tell it again', async () => {
  const { kit, at, rollBack } = await filled(3, 5);
  const [resident, stranger] = [new MemoryMember('resident'), new MemoryMember('stranger')];
  await kit.enter(resident);
  await kit.settle();
  await kit.controls.refuseWrites(true);
  await rollBack();
  await kit.clock.advanceAsync(5000);

  await kit.enter(stranger, { mayReadHistory: false, cursor: at(5), recent: [at(3)] });
  await kit.settle();
  await kit.controls.refuseWrites(false);
  await kit.clock.advanceAsync(10_000);

  expect(await controlsOf(kit)).toHaveLength(1);
  const [from, to] = [at(3), at(5)].map((cursor) => cursor.split('~')[0]);
  expect(stranger.of('gap')).toMatchObject([{ reason: 'rewritten', from, to }]);
});

test('[G4.5] a member whose socket fills while it catches up still knows where the histories part', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 4_000_000, maxItems: 1024 } });
  await kit.enter(new MemoryMember('keeper'));
  const publish = async (from: number, to: number): Promise<void> => {
    for (let n = from; n <= to; n++) await kit.engine.log.append(LOBBY, [textMessage(`m${n}`, 'x'.repeat(40_000))]);
    await kit.settle();
  };
  await publish(1, 4);
  const snapshot = await kit.controls.snapshot();
  await publish(5, 8);
  const slow = new MemoryMember('slow');
  // `joined` and five messages, each too large to share a frame.
  slow.capacity = 6;
  await kit.enter(slow, { cursor: ZERO_CURSOR });
  expect(slow.messageIds).toHaveLength(5);

  await kit.controls.restore(snapshot);
  await kit.clock.advanceAsync(5000);
  slow.drain();
  await kit.clock.advanceAsync(5000);

  expect(slow.of('gap')).toMatchObject([{ reason: 'rewritten', missed: 1 }]);
  expect(slow.messageIds).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  new ReaderModel().follow(slow.frames);
});
