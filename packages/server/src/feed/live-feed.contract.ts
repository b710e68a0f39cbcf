/** One suite for every LiveFeed: order, acknowledged subscriptions, interruptions, and what is no announcement of ours. */
import type { RoomId } from '@holdline/protocol';
import { eventually } from '@holdline/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import {
  alice,
  lobby,
  message,
  messages,
  type CreateHarness,
  type EngineHarness,
  type HarnessSettings,
} from '../engine.contract.ts';
import { encodeSignal } from '../log/announcement.ts';

const typing = { event: 'typing', sender: alice, data: '{"on":true}' };

export function describeLiveFeed(name: string, create: CreateHarness): void {
  describe(`${name} live feed`, () => {
    const open: EngineHarness[] = [];
    afterEach(async () => {
      await Promise.all(open.splice(0).map((harness) => harness.close()));
    });
    const setup = async (settings?: HarnessSettings): Promise<EngineHarness> => {
      const harness = await create(settings);
      open.push(harness);
      return harness;
    };

    test('[G1.1] every subscribed instance hears each entry once, whole and in order', async () => {
      const harness = await setup();
      const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((instance) => harness.connect(instance)));
      await a!.engine.feed.subscribe(lobby);
      await b!.engine.feed.subscribe(lobby);

      for (let i = 0; i < 20; i++) await (i % 2 === 0 ? a! : c!).log.append(lobby, messages(3, `x${i}-`));

      const page = await a!.log.readAfter(lobby, { id: '0-0' as never, messageId: '' }, { limit: 100 });
      for (const { heard } of [a!, b!]) {
        await eventually(() => heard.entries.length >= 60);
        expect(heard.entries).toEqual(page.entries);
      }
      expect(c!.heard.entries).toEqual([]);
    });

    test('announces never from within append', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);

      const appended = log.append(lobby, [message('one')]);

      expect(heard.entries).toEqual([]);
      await appended;
      await eventually(() => heard.entries.length === 1);
    });

    test('a repeat and a conflict are not announced', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);

      await log.append(lobby, [message('one')]);
      await log.append(lobby, [message('one'), message('one', { data: '"other"' })]);
      await log.append(lobby, [message('one'), message('two')]);

      await eventually(() => heard.entries.length >= 2);
      expect(heard.messageIds).toEqual(['one', 'two']);
    });

    test('what is appended after subscribe resolved is heard', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');

      for (let i = 0; i < 50; i++) {
        const room = `room-${i}` as RoomId;
        await engine.feed.subscribe(room);
        await log.append(room, [message(`m${i}`)]);
      }

      await eventually(() => heard.entries.length >= 50);
      expect(heard.messageIds).toEqual(Array.from({ length: 50 }, (_, i) => `m${i}`));
    });

    test('subscriptions come and go with the last call, however fast', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      const { feed } = engine;
      expect(await harness.controls.subscriberCount(lobby)).toBe(0);

      await feed.subscribe(lobby);
      await feed.subscribe(lobby);
      expect(await harness.controls.subscriberCount(lobby)).toBe(1);
      await feed.unsubscribe(lobby);
      await feed.unsubscribe(lobby);
      expect(await harness.controls.subscriberCount(lobby)).toBe(0);
      const results = await Promise.allSettled([
        feed.subscribe(lobby),
        feed.unsubscribe(lobby),
        feed.subscribe(lobby),
        feed.unsubscribe(lobby),
        feed.subscribe(lobby),
      ]);

      expect(results.at(-1)?.status).toBe('fulfilled');
      expect(await harness.controls.subscriberCount(lobby)).toBe(1);
      await log.append(lobby, [message('one')]);
      await eventually(() => heard.entries.length >= 1);
      await feed.unsubscribe(lobby);
      await eventually(async () => (await harness.controls.subscriberCount(lobby)) === 0);
      await log.append(lobby, [message('two')]);
      await feed.subscribe(lobby);
      await log.append(lobby, [message('three')]);
      await eventually(() => heard.messageIds.includes('three'));
      expect(heard.messageIds).toEqual(['one', 'three']);
    });

    test('signals reach who listens now, in order with what else is heard', async () => {
      const harness = await setup();
      const a = await harness.connect('a');
      const b = await harness.connect('b');
      await b.engine.feed.subscribe(lobby);

      await a.engine.feed.signal(lobby, typing);
      await a.engine.feed.signal(lobby, { event: 'cursor:moved', sender: null, data: '"ünï"' });

      await eventually(() => b.heard.signals.length === 2);
      expect(b.heard.signals).toEqual([typing, { event: 'cursor:moved', sender: null, data: '"ünï"' }]);
      expect(a.heard.signals).toEqual([]);
      expect(await a.log.positions([lobby])).toEqual(['0-0~']);
    });

    test('[G6.2] an announcement of an entry that is not stored is no entry, but makes the room suspect', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      await log.append(lobby, [message('one')]);
      const forged = ['1e 0123456789abcdef', '1700000000000-1', '1 j evil 0-0~ text +alice', '"x"'].join('\n');

      await harness.controls.announceRaw(lobby, forged);

      await eventually(() => heard.suspects.length === 1);
      expect(heard.suspects).toEqual(['foreign']);
      expect(heard.messageIds).toEqual(['one']);
      expect(harness.events).toContainEqual({ name: 'foreign-announcement', room: lobby });
    });

    test.each([
      ['nothing', ''],
      ['no line break', 'hello'],
      ['another version', '2e 0123456789abcdef\n1-1\n1 j a 0-0~ text -\n1'],
      ['no entries', '1e 0123456789abcdef\n'],
      ['a line too few', '1e 0123456789abcdef\n1-1\n1 j a 0-0~ text -'],
      ['no ID', '1e 0123456789abcdef\nx\n1 j a 0-0~ text -\n1'],
      ['no header', '1e 0123456789abcdef\n1-1\nx\n1'],
      ['neighbours that do not chain', '1e x\n1-1\n1 j a 0-0~ text -\n1\n1-2\n1 j b 1-9~a text -\n1'],
      ['a signal without an event', '1s  -\n1'],
      ['a signal that is not JSON', '1s typing -\n{"on":'],
      ['a signal of a bad sender', '1s typing alice\n1'],
      ['bytes', Buffer.from([0x31, 0x65, 0x20, 0xff, 0xfe, 0x0a, 0x00, 0x0a, 0xff])],
      ['a line without end', 'x'.repeat(100_000)],
    ])('[G6.2] survives a malformed announcement: %s', async (_what, bytes) => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);

      await harness.controls.announceRaw(lobby, bytes);
      await eventually(() => heard.suspects.length === 1);
      await log.append(lobby, [message('one')]);
      await eventually(() => heard.entries.length === 1);

      expect(heard.suspects).toEqual(['malformed']);
      expect(heard.signals).toEqual([]);
      expect(harness.events).toContainEqual({ name: 'malformed-announcement', room: lobby });
    });

    test('a signal that somebody publishes by hand is a signal', async () => {
      const harness = await setup();
      const { engine, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);

      await harness.controls.announceRaw(lobby, encodeSignal(typing));

      await eventually(() => heard.signals.length >= 1);
      expect(heard.signals).toEqual([typing]);
    });

    test('[G5.1] after an interruption every room is suspect once it hears again, and nothing is missed from then on', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      const other = 'other' as RoomId;
      await engine.feed.subscribe(lobby);
      await engine.feed.subscribe(other);

      await harness.controls.cutFeed('a');
      await eventually(() => engine.health().status === 'degraded');
      await expect(engine.feed.subscribe('third' as RoomId)).rejects.toMatchObject({ code: 'unavailable' });
      await log.append(lobby, [message('missed')]);
      await harness.controls.healFeed('a');
      await eventually(() => heard.suspects.length === 2);
      await eventually(() => engine.health().status === 'ok');
      await log.append(lobby, [message('one')]);
      await log.append(other, [message('two')]);

      await eventually(() => heard.entries.length === 2);
      expect(heard.messageIds.toSorted()).toEqual(['one', 'two']);
      expect(heard.suspects).toEqual(['resubscribed', 'resubscribed']);
    });

    test('[G5.1] a room that was left during an interruption is not subscribed again', async () => {
      const harness = await setup();
      const { engine, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      await harness.controls.cutFeed('a');
      await eventually(() => engine.health().status === 'degraded');

      await engine.feed.unsubscribe(lobby);
      await harness.controls.healFeed('a');
      await eventually(() => engine.health().status === 'ok');

      expect(await harness.controls.subscriberCount(lobby)).toBe(0);
      expect(heard.suspects).toEqual([]);
    });

    test('lost announcements show as a break in the chain of those that follow', async () => {
      const harness = await setup();
      const { engine, log, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      await log.append(lobby, [message('one')]);
      await eventually(() => heard.entries.length === 1);

      await harness.controls.dropNextAnnouncements(lobby, 2);
      for (const id of ['two', 'three', 'four']) await log.append(lobby, [message(id)]);

      await eventually(() => heard.entries.length === 2);
      expect(heard.messageIds).toEqual(['one', 'four']);
      expect(heard.entries[1]?.previous).toMatch(/~three$/);
    });

    test('[G5.1] signals are refused as unavailable while the store is away, and health tells of it', async () => {
      const harness = await setup();
      const { engine, heard } = await harness.connect('a');
      await engine.feed.subscribe(lobby);
      const told: string[] = [];
      const undo = engine.onHealth(({ status }) => told.push(status));

      await harness.controls.goAway();
      await eventually(() => engine.health().status === 'degraded');
      await expect(engine.feed.signal(lobby, typing)).rejects.toMatchObject({ code: 'unavailable' });
      expect(engine.health().findings).not.toEqual([]);
      await harness.controls.comeBack();
      await eventually(() => engine.health().status === 'ok');
      await eventually(() => heard.suspects.length === 1);
      undo();
      await harness.controls.goAway();
      await eventually(() => engine.health().status === 'degraded');

      expect(told).toEqual(['degraded', 'ok']);
      await harness.controls.comeBack();
    });

    test('tells the time of the store', async () => {
      const harness = await setup();
      const { engine } = await harness.connect('a');

      harness.controls.shiftClock(3_600_000);

      expect(Math.abs(engine.now() - harness.controls.serverTime())).toBeLessThan(1000);
    });
  });
}
