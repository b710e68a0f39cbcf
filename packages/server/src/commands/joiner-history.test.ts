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
