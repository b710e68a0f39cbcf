import { createDeferred } from '@holdline/testkit';
import { expect, test, vi } from 'vitest';
import { formatCursor, ZERO_CURSOR, type Cursor, type MessageId, type StreamId } from '@holdline/protocol';
import { cursorOf } from '../log/entry.ts';
import { LogError } from '../log/message-log.ts';
import type { Room } from './room.ts';
import type { TextFrame } from './text-frame.ts';
import { createRoomKit, LOBBY, MemoryMember, ReaderModel, textMessage, type RoomKit } from './room.kit.ts';

// Seconds when the machine is idle; a loaded one is no failure.
vi.setConfig({ testTimeout: 30_000 });

const countIn = (cursor: Cursor): number => Number(/-(\d+)/.exec(cursor)![1]);
const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

test('[G1.1] every live member gets every message once, in the order of the stream', async () => {
  const kit = await createRoomKit();
  const [alice, bob] = [new MemoryMember('alice'), new MemoryMember('bob')];
  await kit.enter(alice);
  await kit.enter(bob);

  await kit.publish(1, 20);

  expect(alice.story).toEqual(['joined', 'live', ...range(1, 20)]);
  expect(bob.story).toEqual(alice.story);
});

test('[G1.3] catching up with 5,000 messages under live traffic gives exactly the log', async () => {
  const kit = await createRoomKit();
  const live = new MemoryMember('live');
  await kit.enter(live);
  await kit.publish(1, 5000);
  const late = new MemoryMember('late');

  const room = await kit.enter(late, { cursor: ZERO_CURSOR });
  for (let n = 5001; n <= 5600; n += 10) {
    for (let i = 0; i < 10; i++) await kit.engine.log.append(LOBBY, [textMessage(`m${n + i}`, n)]);
  }
  await kit.settle();

  const log = await kit.wholeLog();
  expect(late.messageIds).toEqual(log.map((entry) => entry.messageId));
  expect(live.messageIds).toEqual(late.messageIds);
  expect(new ReaderModel().follow(late.frames)).toMatchObject({ isLive: true, gaps: 0, cursor: room.position });
  expect(late.of('live')).toHaveLength(1);
});

test('[G2.3] two hundred members that return to one room share the reads', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 4 } });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 1000);
  const log = await kit.wholeLog();
  let reads = 0;
  const { readAfter } = kit.engine.log;
  kit.engine.log.readAfter = (...args) => {
    reads += 1;
    return readAfter.apply(kit.engine.log, args);
  };

  const members = Array.from({ length: 200 }, (_, i) => new MemoryMember(`r${i}`));
  await Promise.all(members.map((member, i) => kit.enter(member, { cursor: cursorOf(log[(i * 37) % 900]!) })));
  await kit.settle();

  for (const [i, member] of members.entries()) {
    expect(member.messageIds).toEqual(range(((i * 37) % 900) + 2, 1000));
    expect(member.of('live')).toHaveLength(1);
  }
  expect(reads).toBeLessThan(30);
});

test('[G2.3] members that return one after the other from one place cost one read, and share their frames', async () => {
  const kit = await createRoomKit();
  await kit.publish(1, 110);
  const log = await kit.wholeLog();
  let reads = 0;
  const { readAfter } = kit.engine.log;
  kit.engine.log.readAfter = (...args) => {
    reads += 1;
    return readAfter.apply(kit.engine.log, args);
  };
  const shared = new Set<TextFrame>();
  const members: MemoryMember[] = [];

  for (let i = 0; i < 20; i++) {
    const member = new MemoryMember(`r${i}`);
    const send = member.send.bind(member);
    member.send = (frame) => {
      if (typeof frame !== 'string') shared.add(frame);
      send(frame);
    };
    await kit.enter(member, { cursor: cursorOf(log[9]!) });
    await kit.settle();
    members.push(member);
  }

  for (const member of members) expect(member.messageIds).toEqual(range(11, 110));
  expect(reads).toBe(1);
  // The one that was read for, and all others.
  expect(shared.size).toBeLessThanOrEqual(2);
  await kit.publish(111);
  const late = new MemoryMember('late');
  await kit.enter(late, { cursor: cursorOf(log[9]!) });
  await kit.settle();
  for (const member of [...members, late]) expect(member.messageIds).toEqual(range(11, 111));
  expect(reads).toBe(1);
});

/** Follows the reads of one room: how many there were, and the most that were under way at a time. */
function watchReads(kit: RoomKit): { count: number; underWay: number; most: number; failing: boolean } {
  const seen = { count: 0, underWay: 0, most: 0, failing: false };
  const { log } = kit.engine;
  const { readAfter } = log;
  log.readAfter = async (...args) => {
    seen.count += 1;
    seen.underWay += 1;
    seen.most = Math.max(seen.most, seen.underWay);
    try {
      if (seen.failing) throw new LogError('unavailable', 'a read that fails');
      return await readAfter.apply(log, args);
    } finally {
      seen.underWay -= 1;
    }
  };
  return seen;
}

const far = { window: { maxBytes: 1024, maxItems: 4 }, pageSize: 10 };

test('[G1.1] the next page is read while a member gets this one, and no page is read twice', async () => {
  const kit = await createRoomKit(far);
  await kit.publish(1, 505);
  const member = new MemoryMember('alice');
  const seen = watchReads(kit);

  await kit.enter(member, { cursor: ZERO_CURSOR });
  await kit.settle();

  expect(member.messageIds).toEqual(range(1, 505));
  expect(member.of('live')).toHaveLength(1);
  expect(seen).toMatchObject({ count: 51, most: 1 });
});

test('[G7.1] for a member that is full nothing is read ahead, and what was is not kept', async () => {
  const kit = await createRoomKit(far);
  await kit.publish(1, 300);
  const member = new MemoryMember('alice');
  const seen = watchReads(kit);
  member.capacity = 3;

  await kit.enter(member, { cursor: ZERO_CURSOR });
  await kit.settle();
  const readForTwoPages = seen.count;
  for (let i = 0; i < 200 && member.messageIds.length < 300; i++) {
    member.drain(1);
    await kit.settle();
  }

  // One page ahead at most, when it had taken a page whole.
  expect(readForTwoPages).toBeLessThanOrEqual(3);
  expect(seen.count - readForTwoPages).toBeLessThanOrEqual(30);
  expect(member.messageIds).toEqual(range(1, 300));
});

test('[G2.3] a page ahead that cannot be read is read again', async () => {
  const kit = await createRoomKit({ ...far, readDelayMs: () => 5 });
  await kit.publish(1, 300);
  const member = new MemoryMember('alice');
  const seen = watchReads(kit);
  const entering = kit.enter(member, { cursor: ZERO_CURSOR });

  for (let i = 0; i < 20; i++) {
    await kit.clock.advanceAsync(7);
    seen.failing = i % 3 === 0;
  }
  seen.failing = false;
  await entering;
  await kit.clock.advanceAsync(60_000);

  expect(member.messageIds).toEqual(range(1, 300));
  expect(member.of('gap')).toEqual([]);
});

test('[G4.5] history that is replaced while a page ahead is under way is told, and nothing is told twice', async () => {
  const kit = await createRoomKit({ ...far, readDelayMs: () => 5 });
  await kit.publish(1, 150);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(151, 300);
  const member = new MemoryMember('alice');
  const entering = kit.enter(member, { cursor: ZERO_CURSOR });
  while (member.messageIds.length < 200) await kit.clock.advanceAsync(1);
  await entering;

  await kit.controls.restore(snapshot);
  for (let n = 151; n <= 320; n++) await kit.engine.log.append(LOBBY, [textMessage(`x${n}`, n)]);
  await kit.clock.advanceAsync(60_000);

  const reader = new ReaderModel().follow(member.frames);
  expect(reader.gaps).toBe(1);
  expect(member.messageIds.slice(0, 200)).toEqual(range(1, 200));
  expect(member.messageIds.filter((id) => id.startsWith('x'))).toEqual(
    Array.from({ length: 170 }, (_, i) => `x${151 + i}`),
  );
});

test.each([23, 28, 33, 38])('[G1.1] what was read ahead for one member goes to no other: %i ms', async (afterMs) => {
  const kit = await createRoomKit({ ...far, readDelayMs: () => 5 });
  await kit.publish(1, 200);
  const log = await kit.wholeLog();
  const [behind, other] = [new MemoryMember('behind'), new MemoryMember('other')];
  const entering = [kit.enter(behind, { cursor: ZERO_CURSOR })];

  await kit.clock.advanceAsync(afterMs);
  entering.push(kit.enter(other, { cursor: cursorOf(log[149]!) }));
  await kit.clock.advanceAsync(60_000);
  await Promise.all(entering);

  expect(behind.messageIds).toEqual(range(1, 200));
  expect(other.messageIds).toEqual(range(151, 200));
});

test('[G4.5] frames that were shared go to nobody any more when history was replaced', async () => {
  const kit = await createRoomKit();
  await kit.publish(1, 15);
  const snapshot = await kit.controls.snapshot();
  const log = await kit.wholeLog();
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(16, 20);
  for (const id of ['the first', 'the second', 'the third']) {
    const member = new MemoryMember(id);
    await kit.enter(member, { cursor: cursorOf(log[9]!) });
    await kit.settle();
    expect(member.messageIds).toEqual(range(11, 20));
  }
  await kit.controls.restore(snapshot);
  await kit.clock.advanceAsync(10_000);

  const after = new MemoryMember('after');
  await kit.enter(after, { cursor: cursorOf(log[9]!) });
  await kit.settle();

  expect(after.messageIds).toEqual(range(11, 15));
});

test('one that is far behind does not hold up one that is near', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 4 }, pageSize: 10 });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 2000);
  const log = await kit.wholeLog();
  const [far, near] = [new MemoryMember('far'), new MemoryMember('near')];
  let farWhenNearWasLive = -1;
  const send = near.send.bind(near);
  near.send = (frame) => {
    send(frame);
    if (near.of('live').length === 1 && farWhenNearWasLive < 0) farWhenNearWasLive = far.messageIds.length;
  };

  await kit.enter(far, { cursor: ZERO_CURSOR });
  await kit.enter(near, { cursor: cursorOf(log[1949]!) });
  await kit.settle();

  expect(near.messageIds).toEqual(range(1951, 2000));
  expect(far.messageIds).toEqual(range(1, 2000));
  expect(farWhenNearWasLive).toBeLessThan(200);
});

test('a second entrance of the same connection starts again from its cursor', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.enter(alice);
  await kit.publish(1, 3);

  await kit.enter(alice, { cursor: ZERO_CURSOR, ref: 7 });

  expect(alice.of('joined')[1]).toMatchObject({ ref: 7, cursor: ZERO_CURSOR, position: room.position });
  expect(alice.messageIds).toEqual([...range(1, 3), ...range(1, 3)]);
});

test('[G4.1] a cursor of the future or of another room is a gap, not silence', async () => {
  const kit = await createRoomKit();
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 3);
  const [future, foreign] = [new MemoryMember('future'), new MemoryMember('foreign')];

  await kit.enter(future, { cursor: formatCursor('1900000000000-9' as StreamId, 'x' as MessageId) });
  await kit.enter(foreign, { cursor: formatCursor('1600000000000-2' as StreamId, 'y' as MessageId) });
  await kit.settle();

  expect(future.story).toEqual(['joined', 'gap', 'm1', 'm2', 'm3', 'live']);
  expect(foreign.story.slice(0, 2)).toEqual(['joined', 'gap']);
  new ReaderModel().follow(future.frames);
});

test('[G4.2] a stream that was trimmed past a cursor is one gap with range and count', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 2 } });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 50);
  const log = await kit.wholeLog();
  await kit.controls.trim(LOBBY, 10);
  const alice = new MemoryMember('alice');

  await kit.enter(alice, { cursor: cursorOf(log[4]!) });
  await kit.settle();

  expect(alice.story).toEqual(['joined', 'gap', ...range(41, 50), 'live']);
  expect(alice.of('gap')[0]).toMatchObject({ from: log[4]!.id, to: log[39]!.id, missed: 35, next: cursorOf(log[39]!) });
});

test('[G4.4] a room that lost everything says so, to live members as well', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  await kit.enter(alice);
  await kit.publish(1, 3);

  await kit.controls.forgetEverything();
  await kit.publish(4);

  expect(alice.story).toEqual(['joined', 'live', ...range(1, 3), 'gap', 'm4']);
  expect(alice.of('gap')[0]).toMatchObject({ reason: 'lost', next: ZERO_CURSOR });
});

test('[G4.6] an entry removed by hand before it was delivered is a gap deleted', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 1 } });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 6);
  const log = await kit.wholeLog();
  await kit.controls.removeEntry(LOBBY, log[3]!.id);
  const alice = new MemoryMember('alice');

  await kit.enter(alice, { cursor: cursorOf(log[1]!) });
  await kit.settle();

  expect(alice.story).toEqual(['joined', 'm3', 'gap', 'm5', 'm6', 'live']);
  expect(alice.of('gap')[0]).toMatchObject({ reason: 'deleted', missed: 1 });
});

test('[G4.5] [G4.7] a rewritten history is told once to live members, from the fork, before anything newer', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  await kit.enter(alice);
  await kit.publish(1, 3);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(4, 5);

  await kit.controls.restore(snapshot);
  await kit.publish(6);
  await kit.clock.advanceAsync(1000);
  await kit.publish(7);

  expect(alice.story).toEqual(['joined', 'live', ...range(1, 5), 'gap', 'm6', 'skip', 'm7']);
  expect(alice.of('gap')[0]).toMatchObject({ reason: 'rewritten', missed: 2 });
  new ReaderModel().follow(alice.frames);
});

test('[G4.8] members who were away, at any instance, are told by the one control entry; those who know get a skip', async () => {
  const kit = await createRoomKit();
  const other = await kit.another('there');
  const [here, there] = [new MemoryMember('here'), new MemoryMember('there')];
  await kit.enter(here);
  await other.enter(there);
  await kit.publish(1, 3);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(4, 5);
  const beforeTheFork = cursorOf((await kit.wholeLog())[1]!);

  await kit.controls.restore(snapshot);
  await kit.publish(6);
  await kit.clock.advanceAsync(5000);
  const away = new MemoryMember('away');
  await other.enter(away, { cursor: beforeTheFork });
  await kit.settle();

  const controls = (await kit.wholeLog()).filter((entry) => entry.kind === 'control');
  expect(controls).toHaveLength(1);
  expect(here.of('gap')).toHaveLength(1);
  expect(there.of('gap')).toHaveLength(1);
  expect(away.story).toEqual(['joined', 'm3', 'm6', 'gap', 'live']);
  expect(away.of('gap')[0]).toMatchObject({ reason: 'rewritten', missed: 2, next: cursorOf(controls[0]!) });
  for (const member of [here, there, away]) new ReaderModel().follow(member.frames);
});

test('[G4.5] a rollback in a quiet room is found without any new message', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  await kit.enter(alice);
  await kit.publish(1, 3);
  const snapshot = await kit.controls.snapshot();
  await kit.publish(4, 5);
  await kit.clock.advanceAsync(6000);

  await kit.controls.restore(snapshot);
  await kit.clock.advanceAsync(5000);

  expect(alice.of('gap')).toMatchObject([{ reason: 'rewritten', missed: 2 }]);
});

test('[G5.1] a feed that was cut is refilled from the log, and nobody is disconnected', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.enter(alice);
  await kit.publish(1, 2);

  await kit.controls.cutFeed('here');
  await kit.publish(3, 600);
  expect(alice.messageIds).toEqual(range(1, 2));
  await kit.controls.healFeed('here');
  await kit.settle();

  expect(alice.messageIds).toEqual(range(1, 600));
  expect(new ReaderModel().follow(alice.frames)).toMatchObject({ gaps: 0, cursor: room.position });
});

test('[G5.1] a lost announcement is noticed by the next one, and a late copy of it afterwards is no gap', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.enter(alice);
  await kit.publish(1);
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(2, 3);
  expect(alice.messageIds).toEqual(range(1, 3));

  room.onEntries((await kit.wholeLog()).slice(0, 2));
  await kit.settle();

  expect(alice.story).toEqual(['joined', 'live', ...range(1, 3)]);
  expect(kit.metrics.value('announcements_late')).toBe(2);
});

test('[G5.2] a lost last message in a quiet room is found within 5 s', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  await kit.enter(alice);
  await kit.publish(1);
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(2);
  expect(alice.messageIds).toEqual(['m1']);

  await kit.clock.advanceAsync(5000);

  expect(alice.messageIds).toEqual(['m1', 'm2']);
});

test('[G5.1] a log that does not answer is asked again, with the members kept', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  await kit.enter(alice);
  await kit.publish(1);
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(2);

  await kit.controls.goAway();
  await kit.clock.advanceAsync(60_000);
  const failures = kit.metrics.value('log_read_failures');
  await kit.controls.comeBack();
  await kit.clock.advanceAsync(5000);

  expect(alice.messageIds).toEqual(['m1', 'm2']);
  // Tries are spaced out, not hammered.
  expect(failures).toBeGreaterThan(5);
  expect(failures).toBeLessThan(400);
});

test('[G6.2] a raw announcement and an entry by hand are never delivered; the room goes on', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.enter(alice);
  await kit.publish(1);

  await kit.controls.announceRaw(LOBBY, 'garbage');
  await kit.controls.announceRaw(LOBBY, '1e 0123456789abcdef\n1700000000000-9\n1 j x 0-0~ text +eve\n"fake"');
  await kit.controls.addForeignEntry(LOBBY);
  await kit.publish(2);
  await kit.clock.advanceAsync(5000);

  expect(alice.story).toEqual(['joined', 'live', 'm1', 'm2']);
  expect(kit.metrics.value('feed_suspects')).toBe(2);
  expect(room.isOpen).toBe(true);
});

test('[G6.2] an entry in the form of ours whose payload is no JSON is passed over with a skip', async () => {
  const kit = await createRoomKit();
  const keeper = new MemoryMember('keeper');
  const room = await kit.enter(keeper);
  await kit.publish(1);
  await kit.controls.addForeignEntry(LOBBY, { h: `1 j forged ${room.position} text +eve`, d: '{"open":' });
  await kit.controls.forgetPosition(LOBBY);

  await kit.clock.advanceAsync(6000);
  await kit.publish(2);

  expect(keeper.messageIds).not.toContain('forged');
  expect(keeper.messageIds).toContain('m2');
  new ReaderModel().follow(keeper.frames);
});

test('[G7.1] a slow member is left where it stands, holds up nobody, and goes on when it has drained', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 2048, maxItems: 8 } });
  const [slow, quick] = [new MemoryMember('slow'), new MemoryMember('quick')];
  await kit.enter(slow);
  await kit.enter(quick);
  slow.capacity = 3;

  await kit.publish(1, 500);
  expect(slow.messageIds).toEqual(range(1, 3));
  expect(quick.messageIds).toEqual(range(1, 500));
  slow.drain(1);
  await kit.settle();
  expect(slow.messageIds.length).toBeGreaterThan(3);
  slow.drain();
  await kit.settle();
  await kit.publish(501);

  expect(slow.messageIds).toEqual(range(1, 501));
  expect(slow.of('live')).toHaveLength(1);
});

test('[G7.1] for members that are full nothing is built, however many they are and wherever they stand', async () => {
  const kit = await createRoomKit();
  const members = Array.from({ length: 20 }, (_, i) => new MemoryMember(`slow ${i}`));
  for (const member of members) {
    await kit.enter(member);
    member.capacity = 0;
    await kit.publish(members.indexOf(member) + 1);
  }
  const room = await kit.enter(new MemoryMember('quick'));
  let built = 0;
  const { window } = room;
  const after = window.after.bind(window);
  window.after = (cursor) => {
    built += 1;
    return after(cursor);
  };

  members[0]!.drain(1);
  await kit.settle();

  // For the one that has drained, before and after what it takes.
  expect(built).toBeLessThanOrEqual(2);
});

test('[G1.3] a member that turns live while another is left behind gets nothing twice', async () => {
  const kit = await createRoomKit();
  const [first, second] = [new MemoryMember('first'), new MemoryMember('second')];
  await kit.enter(first);
  await kit.publish(1);
  first.capacity = 0;
  await kit.publish(2);
  // Its socket drains, and before it has called the room the next messages are announced; the second is full by then.
  first.capacity = 10;
  await kit.enter(second);
  second.capacity = 0;
  await kit.publish(3);
  second.drain();
  first.drain();
  await kit.settle();
  await kit.publish(4);

  expect(first.messageIds).toEqual(range(1, 4));
  expect(second.messageIds).toEqual(range(3, 4));
});

test('[G1.3] what is announced while the room reads is judged after the read', async () => {
  const kit = await createRoomKit({ readDelayMs: () => 100 });
  const alice = new MemoryMember('alice');
  const entering = kit.enter(alice);
  await kit.clock.advanceAsync(100);
  const room = await entering;
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(1, 2);

  await kit.clock.advanceAsync(50);
  await kit.publish(3, 4);
  expect(alice.messageIds).toEqual([]);
  await kit.clock.advanceAsync(300);

  expect(alice.messageIds).toEqual(range(1, 4));
  expect(new ReaderModel().follow(alice.frames)).toMatchObject({ gaps: 0, cursor: room.position });
});

test('[G1.3] an announcement that overtakes the answer of a read which holds the same entry is no second copy', async () => {
  const kit = await createRoomKit({ readDelayMs: () => 100 });
  const alice = new MemoryMember('alice');
  const entering = kit.enter(alice);
  await kit.clock.advanceAsync(100);
  const room = await entering;
  await kit.controls.dropNextAnnouncements(LOBBY, 1);
  await kit.publish(1);

  room.markDirty();
  await kit.clock.advanceAsync(50);
  room.onEntries(await kit.wholeLog());
  await kit.clock.advanceAsync(100);

  expect(alice.messageIds).toEqual(['m1']);
});

test('[G1.3] what is announced while the room opens is not lost', async () => {
  const kit = await createRoomKit({ readDelayMs: () => 100 });
  const alice = new MemoryMember('alice');
  const entering = kit.enter(alice);
  await kit.clock.advanceAsync(50);

  await kit.publish(1, 3);
  await kit.clock.advanceAsync(300);
  const room = await entering;
  await kit.publish(4);

  // The position was read before the first of them was stored, and yet they are behind her when she is in.
  expect(countIn(alice.of('joined')[0]!.position)).toBe(3);
  expect(alice.messageIds).toEqual(['m4']);
  expect(room.window.size).toBe(4);
  expect(kit.metrics.value('rooms_dirty')).toBe(0);
});

test('[G1.3] catching up never goes past the position of the room', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 2 } });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 10);
  await kit.controls.dropNextAnnouncements(LOBBY, 3);
  await kit.publish(11, 13);
  const alice = new MemoryMember('alice');
  const ahead: string[] = [];
  let room: Room | null = null;
  alice.send = (frame) => {
    MemoryMember.prototype.send.call(alice, frame);
    const { cursor } = new ReaderModel().follow(alice.frames);
    if (room !== null && countIn(cursor!) > countIn(room.position)) ahead.push(cursor!);
  };

  room = await kit.enter(alice, { cursor: ZERO_CURSOR });
  await kit.clock.advanceAsync(5000);

  expect(alice.messageIds).toEqual(range(1, 13));
  expect(ahead).toEqual([]);
});

test('[G8.4] without history: a cursor that verifies goes on, everything else is told as a gap and starts live', async () => {
  const kit = await createRoomKit({ window: { maxBytes: 1024, maxItems: 2 } });
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 20);
  const log = await kit.wholeLog();
  const names = ['verified', 'zero', 'bare', 'forged'] as const;
  const [verified, zero, bare, forged] = names.map((name) => new MemoryMember(name)) as [
    MemoryMember,
    MemoryMember,
    MemoryMember,
    MemoryMember,
  ];

  await kit.enter(verified, { mayReadHistory: false, cursor: cursorOf(log[9]!) });
  await kit.enter(zero, { mayReadHistory: false, cursor: ZERO_CURSOR });
  await kit.enter(bare, { mayReadHistory: false, cursor: log[9]!.id as string as Cursor });
  await kit.enter(forged, { mayReadHistory: false, cursor: `${log[9]!.id}~guess` as Cursor });
  await kit.settle();
  await kit.publish(21);

  expect(verified.story).toEqual(['joined', ...range(11, 20), 'live', 'm21']);
  for (const member of [zero, bare, forged]) {
    expect(member.story).toEqual(['joined', 'gap', 'live', 'm21']);
    expect(member.of('gap')[0]!.next).toBe(cursorOf(log[19]!));
  }
  expect(zero.of('gap')[0]).toMatchObject({ missed: 20 });
});

test('[G8.4] a full socket does not turn a cursor without proof into a way to history', async () => {
  const kit = await createRoomKit();
  await kit.enter(new MemoryMember('keeper'));
  await kit.publish(1, 5);
  const member = new MemoryMember('zero');
  member.capacity = 0;

  await kit.enter(member, { mayReadHistory: false, cursor: ZERO_CURSOR });
  member.drain();
  await kit.settle();

  expect(member.messageIds).toEqual([]);
});

test('signals reach live members and leave no trace', async () => {
  const kit = await createRoomKit();
  const alice = new MemoryMember('alice');
  const room = await kit.enter(alice);

  await kit.engine.feed.signal(LOBBY, { event: 'typing', sender: null, data: '{"on":true}' });
  await kit.settle();

  expect(alice.of('signal')).toEqual([
    { type: 'signal', room: LOBBY, event: 'typing', sender: null, data: { on: true } },
  ]);
  expect(room.position).toBe(ZERO_CURSOR);
});

test('a room is subscribed with its first member and given up after the linger', async () => {
  const kit = await createRoomKit();
  expect(await kit.controls.subscriberCount(LOBBY)).toBe(0);
  const alice = new MemoryMember('alice');
  const room = await kit.registry.acquire(LOBBY);
  const membership = room.enter(alice, { cursor: 'live', recent: [], mayReadHistory: true });
  kit.registry.release(room);
  expect(await kit.controls.subscriberCount(LOBBY)).toBe(1);

  room.leave(membership);
  kit.registry.retireIfEmpty(room);
  await kit.clock.advanceAsync(9999);
  expect(await kit.controls.subscriberCount(LOBBY)).toBe(1);
  await kit.clock.advanceAsync(1);

  expect(await kit.controls.subscriberCount(LOBBY)).toBe(0);
  expect(kit.registry.size).toBe(0);
});

test('a member that comes during the linger finds the room as it was', async () => {
  const kit = await createRoomKit();
  const room = await kit.registry.acquire(LOBBY);
  kit.registry.release(room);
  await kit.clock.advanceAsync(9000);

  const again = await kit.enter(new MemoryMember('alice'));
  await kit.clock.advanceAsync(60_000);

  expect(again).toBe(room);
  expect(room.isOpen).toBe(true);
});

test('a room that cannot be opened is refused as unavailable, and opens when the log is back', async () => {
  const kit = await createRoomKit();
  await kit.controls.goAway();

  await expect(kit.registry.acquire(LOBBY)).rejects.toMatchObject({ code: 'unavailable' });
  await kit.controls.comeBack();

  expect((await kit.registry.acquire(LOBBY)).isOpen).toBe(true);
});

test('as many rooms are counted as opened as are open or were retired, also when opening fails', async () => {
  const kit = await createRoomKit();
  await kit.controls.goAway();
  await expect(kit.registry.acquire(LOBBY)).rejects.toMatchObject({ code: 'unavailable' });
  expect([kit.metrics.value('rooms_opened'), kit.metrics.value('rooms_retired')]).toEqual([0, 0]);
  await kit.controls.comeBack();

  kit.registry.release(await kit.registry.acquire(LOBBY));
  expect([kit.metrics.value('rooms_opened'), kit.metrics.value('rooms_retired')]).toEqual([1, 0]);
  await kit.clock.advanceAsync(10_000);

  expect([kit.metrics.value('rooms_opened'), kit.metrics.value('rooms_retired')]).toEqual([1, 1]);
});

test('a room that is opened again while it is given up waits for that to be over', async () => {
  const kit = await createRoomKit({ lingerMs: 0 });
  const calls: string[] = [];
  const over = createDeferred();
  const { feed } = kit.engine;
  const [subscribe, unsubscribe] = [feed.subscribe.bind(feed), feed.unsubscribe.bind(feed)];
  feed.subscribe = (name) => (calls.push('subscribe'), subscribe(name));
  feed.unsubscribe = async (name) => {
    calls.push('unsubscribe');
    await over.promise;
    return unsubscribe(name);
  };
  const room = await kit.registry.acquire(LOBBY);
  kit.registry.release(room);
  await kit.clock.advanceAsync(1);

  const again = kit.registry.acquire(LOBBY);
  await kit.settle();
  expect(calls).toEqual(['subscribe', 'unsubscribe']);
  over.resolve();
  const reopened = await again;

  expect(calls).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
  expect(reopened).not.toBe(room);
  expect(await kit.controls.subscriberCount(LOBBY)).toBe(1);
});
