import { describe, expect, test } from 'vitest';
import { createRetentionResolver, DEFAULT_RETENTION, parseRetention, positionLifetimeOf } from './retention.ts';

const DAY_MS = 86_400_000;

describe('parseRetention', () => {
  test('reads patterns, counts and ages', () => {
    expect(parseRetention('chat:*=10000/7d, *=1000/24h,x=5/90m,y=1/30s,z=2/250ms,forever=9')).toEqual([
      { pattern: 'chat:*', count: 10_000, ageMs: 7 * DAY_MS },
      { pattern: '*', count: 1000, ageMs: DAY_MS },
      { pattern: 'x', count: 5, ageMs: 5_400_000 },
      { pattern: 'y', count: 1, ageMs: 30_000 },
      { pattern: 'z', count: 2, ageMs: 250 },
      { pattern: 'forever', count: 9, ageMs: null },
    ]);
  });

  test.each([
    '',
    '*',
    '*=',
    '*=0',
    '*=-1',
    '*=1/',
    '*=1/0d',
    '*=1/7',
    '*=1/7w',
    '*=1/d',
    'a b=1',
    '*=1,,*=2',
    '{x}=1',
    '*=1e3',
  ])('refuses %j and names it', (text) => {
    expect(() => parseRetention(text)).toThrow(RangeError);
  });
});

describe('createRetentionResolver', () => {
  const countFor = (room: string, ...patterns: string[]): number =>
    createRetentionResolver(patterns.map((pattern, i) => ({ pattern, count: i + 1, ageMs: null })))(room).count;

  test('takes the first rule that matches, and the default where none does', () => {
    expect(countFor('chat:1', 'chat:*', '*')).toBe(1);
    expect(countFor('game:1', 'chat:*', '*')).toBe(2);
    expect(createRetentionResolver([])('any')).toEqual({ count: 10_000, ageMs: 7 * DAY_MS });
    expect(createRetentionResolver(DEFAULT_RETENTION)('any')).toMatchObject({ count: 10_000, ageMs: 7 * DAY_MS });
  });

  test.each([
    ['chat', 'chat', true],
    ['chat', 'chats', false],
    ['*', '', true],
    ['a*', 'a', true],
    ['*a', 'ba', true],
    ['*a', 'ab', false],
    ['a*b', 'ab', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['*x*', 'axb', true],
    ['*x*y*', 'yx', false],
    ['a*a', 'a', false],
    ['**', 'any', true],
  ])('pattern %j and room %j: %s', (pattern, room, isMatch) => {
    expect(countFor(room, pattern) === 1).toBe(isMatch);
  });

  test('does not backtrack', () => {
    const startedAt = performance.now();

    expect(countFor('a'.repeat(128), `${'a*'.repeat(60)}b`)).not.toBe(1);

    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});

test('a position never lives shorter than its entries', () => {
  expect(positionLifetimeOf({ count: 1, ageMs: null })).toBe(30 * DAY_MS);
  expect(positionLifetimeOf({ count: 1, ageMs: DAY_MS })).toBe(30 * DAY_MS);
  expect(positionLifetimeOf({ count: 1, ageMs: 90 * DAY_MS })).toBe(90 * DAY_MS);
});
