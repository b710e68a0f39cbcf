import { ZERO_CURSOR, type Cursor } from '@holdline/protocol';
import { expect, test } from 'vitest';
import { cursorOf } from '../log/entry.ts';
import { createRoomKit, LOBBY, MemoryMember, type RoomKit } from '../room/room.kit.ts';
import { joinerOf } from './joiner.kit.ts';
import type { Permission } from './principal.ts';

/** A member that joins live, takes nothing while 30 messages come, and goes on after all but the last 10 are gone. */
async function fallBehind(permissions: readonly Permission[]): Promise<MemoryMember> {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 4 } });
  const member = new MemoryMember('slow');
  joinerOf(kit, member, permissions).join({ room: LOBBY });
  await kit.settle();
  await kit.publish(1, 5);
  member.capacity = 0;
  await kit.publish(6, 35);
  await kit.controls.trim(LOBBY, 10);
  member.drain();
  await kit.settle();
  return member;
}

test('[G4.2] a member that joined live and fell behind a trimming gets what is kept', async () => {
  const member = await fallBehind(['join', 'history']);

  expect(member.of('gap')).toMatchObject([{ reason: 'trimmed', missed: 20 }]);
  expect(member.messageIds.slice(5)).toEqual(Array.from({ length: 10 }, (_, i) => `m${26 + i}`));
});

test('[G8.4] without history it goes on live, and the gap says so', async () => {
  const member = await fallBehind(['join']);

  expect(member.of('gap')).toMatchObject([{ reason: 'trimmed', missed: 30 }]);
  expect(member.messageIds).toHaveLength(5);
});

/** What a member gets that was told elsewhere how history goes on, and joins where that is not known yet. */
async function joinUnaware(lose: (kit: RoomKit) => Promise<Cursor>): Promise<MemoryMember> {
  const kit = await createRoomKit();
  const there = await kit.another('there');
  const [resident, member] = [new MemoryMember('resident'), new MemoryMember('moved')];
  await there.enter(resident);
  const next = await lose(kit);
  joinerOf(there, member, ['join', 'history']).join({ room: LOBBY, since: next });
  await kit.settle();
  await kit.clock.advanceAsync(10_000);
  expect(resident.of('gap')).toHaveLength(1);
  return member;
}

test('[G4.7] a member that was told elsewhere that all is lost is not told again where it was not known yet', async () => {
  const member = await joinUnaware(async (kit) => {
    await kit.publish(1, 3);
    await kit.controls.forgetEverything();
    return ZERO_CURSOR;
  });

  expect(member.story).toEqual(['joined', 'live']);
});

test('[G4.8] a member that resumes behind a fork gets nothing of the history before it where the fork was not known yet', async () => {
  const member = await joinUnaware(async (kit) => {
    await kit.publish(1, 3);
    const snapshot = await kit.controls.snapshot();
    const fork = cursorOf((await kit.wholeLog()).at(-1)!);
    await kit.publish(4, 6);
    await kit.controls.restore(snapshot);
    return fork;
  });

  expect(member.story).toEqual(['joined', 'gap', 'live']);
});

test('[G8.4] who joins live without history where an announcement was lost does not get it as new', async () => {
  const kit = await createRoomKit();
  const [resident, member] = [new MemoryMember('resident'), new MemoryMember('new')];
  await kit.enter(resident);
  await kit.settle();
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(1);
  expect(resident.messageIds).toEqual([]);

  joinerOf(kit, member, ['join']).join({ room: LOBBY });
  await kit.clock.advanceAsync(10_000);
  await kit.publish(2);

  expect(member.messageIds).toEqual(['m2']);
  expect(resident.messageIds).toEqual(['m1', 'm2']);
});

test('[G4.3] who joins live a room that lingered through a loss missed nothing, and is told nothing', async () => {
  const kit = await createRoomKit({ lingerMs: 3_600_000 });
  const [first, second] = [new MemoryMember('first'), new MemoryMember('second')];
  const joiner = joinerOf(kit, first, ['join', 'history']);
  joiner.join({ room: LOBBY });
  await kit.settle();
  await kit.publish(1, 3);
  joiner.leave(LOBBY);
  await kit.controls.forgetEverything();

  joinerOf(kit, second, ['join', 'history']).join({ room: LOBBY });
  await kit.clock.advanceAsync(10_000);
  await kit.publish(4);

  expect(second.of('gap')).toEqual([]);
  expect(second.messageIds).toEqual(['m4']);
});
