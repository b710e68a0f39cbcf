import { ZERO_CURSOR } from '@holdline/protocol';
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

test('[G4.1, G8.4] a join is refused as retryable while nobody can say whether it may read history', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  let isBroken = true;
  const joiner = joinerOf(kit, alice, ['join', 'history'], ({ permission }) => {
    if (permission === 'history' && isBroken) throw new Error('the database of rights is away');
    return true;
  });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 3);

  joiner.join({ room: LOBBY, since: ZERO_CURSOR });
  await kit.settle();
  // As one without history it would have been told that all three are out of its reach.
  expect(alice.of('error')).toMatchObject([{ code: 'internal', retry: 'backoff' }]);
  isBroken = false;
  joiner.join({ room: LOBBY, since: ZERO_CURSOR });
  await kit.clock.advanceAsync(100);

  expect(alice.messageIds).toEqual(['m1', 'm2', 'm3']);
  expect(alice.of('gap')).toEqual([]);
});

test('[G8.4] a right to history that goes is gone for the membership that exists', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 2 } });
  const alice = new MemoryMember('alice');
  let mayRead = true;
  const joiner = joinerOf(kit, alice, ['join', 'history'], ({ permission }) => permission !== 'history' || mayRead);
  joiner.join({ room: LOBBY });
  await kit.settle();
  alice.capacity = 0;
  await kit.publish(1, 50);
  await kit.controls.trim(LOBBY, 10);
  mayRead = false;
  joiner.recheck();
  await kit.settle();

  alice.drain();
  await kit.settle();

  expect(alice.messageIds).toEqual([]);
  expect(alice.of('gap')).toMatchObject([{ next: expect.stringContaining('~m50') as string }]);
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
