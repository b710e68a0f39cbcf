import { expect, test } from 'vitest';
import { heard, still, TYPING_MS, typingWords } from './typing.ts';

test('someone is writing for a moment after each signal', () => {
  const once = heard([], 'lobby', 'bob', true, 0);
  const twice = heard(once, 'lobby', 'bob', true, 1_000);

  expect(twice).toHaveLength(1);
  expect(still(twice, TYPING_MS + 999)).toHaveLength(1);
  expect(still(twice, TYPING_MS + 1_000)).toEqual([]);
});

test('a message takes its sender off the list of that room only', () => {
  const list = heard(heard([], 'lobby', 'bob', true, 0), 'support', 'bob', true, 0);

  expect(heard(list, 'lobby', 'bob', false, 1).map(({ room }) => room)).toEqual(['support']);
});

test('a crowd is bounded and summed up', () => {
  let list = heard([], 'lobby', 'p0', true, 0);
  for (let i = 1; i < 100; i++) list = heard(list, 'lobby', `p${i}`, true, 0);

  expect(list).toHaveLength(20);
  expect(typingWords([])).toBe('');
  expect(typingWords(['bob'])).toBe('bob is writing…');
  expect(typingWords(['bob', 'carol'])).toBe('bob and carol are writing…');
  expect(typingWords(['bob', 'carol', 'dan'])).toBe('bob and 2 others are writing…');
});
