import type { RoomId } from '@holdline/protocol';
import { createDeferred } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { createRoomKit, LOBBY, MemoryMember } from '../room/room.kit.ts';
import { joinerOf } from './joiner.kit.ts';

const rooms = (count: number): RoomId[] => Array.from({ length: count }, (_, i) => `room${i}` as RoomId);
const types = (member: MemoryMember): readonly string[] =>
  member.frames.map(({ type }) => type).filter((type) => type !== 'live');

test('[G7.3] who is in as many rooms as it may be leaves one and joins another at once', async () => {
  const kit = await createRoomKit();
  const member = new MemoryMember('alice');
  const joiner = joinerOf(kit, member, ['join']);
  for (const room of rooms(8)) joiner.join({ room });
  await kit.settle();

  joiner.join({ room: LOBBY });
  joiner.leave('room3' as RoomId);
  joiner.join({ room: LOBBY });
  await kit.settle();

  expect(member.of('error')).toMatchObject([{ room: LOBBY, code: 'too_many_rooms' }]);
  expect(member.of('left')).toEqual([{ type: 'left', room: 'room3' }]);
  expect(member.of('joined').at(-1)).toMatchObject({ room: LOBBY });
});

test('a leave is never refused, whatever waits before it, and two in a row have one answer', async () => {
  const kit = await createRoomKit();
  const member = new MemoryMember('alice');
  const asked = createDeferred<boolean>();
  const joiner = joinerOf(kit, member, ['join'], () => asked.promise);

  for (let i = 0; i < 10; i++) joiner.join({ room: LOBBY, ref: i });
  for (let i = 0; i < 100; i++) joiner.leave(LOBBY);
  asked.resolve(true);
  await kit.settle();
  await kit.publish(1);

  expect(member.of('error').map(({ code, ref }) => [code, ref])).toEqual([
    ['overloaded', 8],
    ['overloaded', 9],
  ]);
  expect(member.of('joined')).toHaveLength(8);
  expect(types(member).slice(-2)).toEqual(['joined', 'left']);
  expect(member.of('left')).toHaveLength(1);
  expect(member.messageIds).toEqual([]);
});

test('joins and leaves take effect in the order in which they came', async () => {
  const kit = await createRoomKit();
  const member = new MemoryMember('alice');
  const asked = createDeferred<boolean>();
  const joiner = joinerOf(kit, member, ['join'], () => asked.promise);

  joiner.leave(LOBBY);
  joiner.join({ room: LOBBY });
  joiner.leave(LOBBY);
  joiner.join({ room: LOBBY });
  asked.resolve(true);
  await kit.clock.advanceAsync(1000);
  await kit.publish(1);
  joiner.leave(LOBBY);
  joiner.leave(LOBBY);
  await kit.publish(2);

  expect(types(member)).toEqual(['left', 'joined', 'left', 'joined', 'message', 'left', 'left']);
  expect(member.messageIds).toEqual(['m1']);
});
