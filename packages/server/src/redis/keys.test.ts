import { expect, test } from 'vitest';
import { createKeys, isPrefix } from './keys.ts';

test('names every key of a room, with the room as the hash tag', () => {
  const keys = createKeys('hl');

  expect(keys.room('chat:lobby')).toEqual({
    stream: 'hl:{chat:lobby}:log',
    position: 'hl:{chat:lobby}:pos',
    dedupe: ['hl:{chat:lobby}:d0', 'hl:{chat:lobby}:d1'],
    channel: 'hl:{chat:lobby}:live',
  });
  expect(keys.roomOf(keys.channel('chat:lobby'))).toBe('chat:lobby');
  expect(keys.roomOf('other:{chat:lobby}:live')).toBeNull();
  expect(keys.roomOf(keys.canary('x'))).toBeNull();
});

test.each(['', 'a b', 'a{b', 'a}b', 'x'.repeat(65), 'ü'])('refuses the prefix %j', (prefix) => {
  expect(isPrefix(prefix)).toBe(false);
});
