import type { Cursor } from '@holdline/protocol';
import { expect, test } from 'vitest';
import { cursorOf } from '../log/entry.ts';
import { createRoomKit, LOBBY, MemoryMember, textMessage, type RoomKit } from '../room/room.kit.ts';
import { joinerOf } from './joiner.kit.ts';

/** Counts what the log is asked for from here on. */
function watchLog(kit: RoomKit): { positions: number; reads: number } {
  const asked = { positions: 0, reads: 0 };
  const { log } = kit.engine;
  const { positions, readAfter } = log;
  log.positions = (rooms) => {
    asked.positions += 1;
    return positions.call(log, rooms);
  };
  log.readAfter = (...args) => {
    asked.reads += 1;
    return readAfter.apply(log, args);
  };
  return asked;
}

function resume(kit: RoomKit, id: string, since: Cursor): MemoryMember {
  const member = new MemoryMember(id);
  joinerOf(kit, member, ['join', 'history']).join({ room: LOBBY, since });
  return member;
}

const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

async function roomWith(messages: number): Promise<{ kit: RoomKit; at: (n: number) => Cursor }> {
  const kit = await createRoomKit();
  await kit.publish(1, messages);
  const log = await kit.wholeLog();
  return { kit, at: (n) => cursorOf(log[n - 1]!) };
}

test('[G2.3] a resume that opens its room asks for the position once, and for the page', async () => {
  const { kit, at } = await roomWith(20);
  const asked = watchLog(kit);

  const member = resume(kit, 'alice', at(5));
  await kit.settle();

  expect(member.story).toEqual(['joined', ...range(6, 20), 'live']);
  expect(asked).toEqual({ positions: 1, reads: 1 });
});

test('[G4.7] a resume into a room that is open already asks where the log stands', async () => {
  const { kit, at } = await roomWith(20);
  await kit.enter(new MemoryMember('keeper'));
  await kit.clock.advanceAsync(100);
  const asked = watchLog(kit);

  const member = resume(kit, 'alice', at(5));
  await kit.settle();

  expect(member.of('live')).toHaveLength(1);
  expect(asked.positions).toBe(1);
});

test('[G7.1] a storm asks so many questions a second for a room, however many return', async () => {
  const { kit, at } = await roomWith(50);
  await kit.enter(new MemoryMember('keeper'));
  await kit.clock.advanceAsync(100);
  const asked = watchLog(kit);

  const members: MemoryMember[] = [];
  for (let ms = 0; ms < 200; ms++) {
    for (let i = 0; i < 5; i++) members.push(resume(kit, `r${ms}-${i}`, at(10 + (i % 3))));
    await kit.clock.advanceAsync(1);
  }
  await kit.clock.advanceAsync(100);

  for (const [i, member] of members.entries()) {
    expect(member.story).toEqual(['joined', ...range(11 + ((i % 5) % 3), 50), 'live']);
  }
  expect(asked.positions).toBeLessThanOrEqual(7);
  expect(asked.reads).toBeLessThanOrEqual(3);
});

test('[G4.8] who waits for the question of a storm is not served from a history that is gone by then', async () => {
  const { kit, at } = await roomWith(20);
  await kit.enter(new MemoryMember('keeper'));
  const snapshot = await kit.controls.snapshot();
  await kit.publish(21, 25);
  await kit.clock.advanceAsync(100);
  resume(kit, 'first', at(5));
  await kit.settle();

  const second = resume(kit, 'second', at(5));
  await kit.clock.advanceAsync(10);
  await kit.controls.restore(snapshot);
  await kit.clock.advanceAsync(1000);

  expect(second.messageIds).toEqual(range(6, 20));
});

test('a resume that waits for the question of a storm holds up no close', async () => {
  const { kit, at } = await roomWith(20);
  resume(kit, 'first', at(5));
  await kit.settle();
  resume(kit, 'second', at(5));
  await kit.settle();

  await kit.registry.close();

  expect(kit.clock.pendingTimers).toBe(0);
});

test.each([
  ['live', ['join', 'history']],
  ['live without history', ['join']],
] as const)('[G8.4] a join while the room reads an older state anew begins behind that: %s', async (_how, grants) => {
  const kit = await createRoomKit({ pageSize: 5, readDelayMs: () => 20 });
  const entering = kit.enter(new MemoryMember('keeper'));
  await kit.clock.advanceAsync(100);
  const room = await entering;
  await kit.publish(1, 30);
  const snapshot = await kit.controls.snapshot();
  for (let n = 31; n <= 600; n++) await kit.engine.log.append(LOBBY, [textMessage(`m${n}`, n)]);
  await kit.clock.advanceAsync(5000);
  await kit.controls.restore(snapshot);
  const top = room.position;
  for (let ms = 0; ms < 5000 && room.position === top; ms++) await kit.clock.advanceAsync(1);
  const somewhere = room.position;

  const member = new MemoryMember('alice');
  joinerOf(kit, member, [...grants]).join({ room: LOBBY });
  await kit.clock.advanceAsync(2000);
  await kit.publish(601);

  expect(somewhere).not.toBe(room.position);
  expect(member.messageIds).toEqual(['m601']);
});
