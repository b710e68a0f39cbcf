import { expect, test } from 'vitest';
import { createRoomKit, LOBBY, MemoryMember } from '../room/room.kit.ts';
import { joinerOf } from './joiner.kit.ts';

test('[G8.4] a right that goes while a join is under way ends that membership, too', async () => {
  const kit = await createRoomKit();
  const member = new MemoryMember('alice');
  let asked = 0;
  const joiner = joinerOf(kit, member, ['join', 'history'], () => {
    asked += 1;
    // For `join` and `history`: from then on the join waits for its room.
    if (asked === 2) queueMicrotask(() => joiner.recheck());
    return asked <= 2;
  });

  joiner.join({ room: LOBBY });
  await kit.settle();

  expect(member.frames.map(({ type }) => type)).toEqual(['joined', 'live', 'left']);
  expect(member.of('left')).toMatchObject([{ room: LOBBY, code: 'forbidden' }]);
});

test('[G8.4] a right that goes ends the membership also while as many requests wait as may', async () => {
  const kit = await createRoomKit();
  const member = new MemoryMember('alice');
  let isAllowed = true;
  const joiner = joinerOf(kit, member, ['join', 'history'], () => isAllowed);
  joiner.join({ room: LOBBY });
  await kit.settle();

  for (let i = 0; i < 9; i++) joiner.join({ room: LOBBY });
  isAllowed = false;
  // Twice, and still one question: nothing grows with the refreshes of a client.
  joiner.recheck();
  joiner.recheck();
  await kit.settle();

  expect(member.of('left')).toMatchObject([{ room: LOBBY, code: 'forbidden' }]);
  expect(member.of('error').map(({ code }) => code)).toEqual([
    'overloaded',
    ...Array.from({ length: 8 }, () => 'forbidden'),
  ]);
});
