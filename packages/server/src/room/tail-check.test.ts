import { ZERO_CURSOR, type Cursor, type RoomId } from '@holdline/protocol';
import { ManualClock } from '@holdline/testkit';
import { expect, test } from 'vitest';
import { silentLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import type { Room } from './room.ts';
import { TailCheck } from './tail-check.ts';

const roomOf = (name: string, compare: Room['compare'] = () => undefined): Room =>
  ({
    name: name as RoomId,
    position: ZERO_CURSOR,
    isOpen: true,
    memberCount: 1,
    compare,
  }) as Partial<Room> as Room;

test('[G7.3] after an outage each room is compared about once, however long that was', async () => {
  const clock = new ManualClock();
  let isAway = true;
  let compared = 0;
  const positions = (rooms: readonly RoomId[]): Promise<Cursor[]> => {
    if (isAway) return Promise.reject(new Error('away'));
    compared += rooms.length;
    return Promise.resolve(rooms.map(() => ZERO_CURSOR));
  };
  const check = new TailCheck({ clock, logger: silentLogger, metrics: new Metrics(), log: { positions } as never });
  for (let i = 0; i < 1000; i++) check.add(roomOf(`room-${i}`), 0);
  check.start();
  for (let second = 0; second < 600; second++) await clock.advanceAsync(1000);

  isAway = false;
  await clock.advanceAsync(1000);
  check.stop();

  expect(compared).toBeGreaterThanOrEqual(1000);
  expect(compared).toBeLessThanOrEqual(3000);
});

test('[G5.1] a room that cannot be read holds up no other, and is asked for again', async () => {
  const clock = new ManualClock();
  const compared: string[] = [];
  const rooms = ['bad', 'lobby', 'other'].map((name) => roomOf(name, () => void compared.push(name)));
  let isBroken = true;
  const positions = (rooms: readonly RoomId[]): Promise<(Cursor | null)[]> =>
    Promise.resolve(rooms.map((name) => (isBroken && name === 'bad' ? null : ZERO_CURSOR)));
  const check = new TailCheck({ clock, logger: silentLogger, metrics: new Metrics(), log: { positions } as never });
  for (const room of rooms) check.add(room, 0);
  check.start();

  const asked = check.asked;
  const asking = Promise.all(rooms.map((room) => check.since(room, asked)));
  await clock.advanceAsync(60_000);
  expect(await asking).toEqual([false, true, true]);
  expect(compared.filter((name) => name === 'lobby').length).toBeGreaterThanOrEqual(10);
  expect(compared).not.toContain('bad');
  isBroken = false;
  await clock.advanceAsync(250);
  check.stop();

  expect(compared.at(-1)).toBe('bad');
});
