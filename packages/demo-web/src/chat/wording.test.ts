import { expect, test } from 'vitest';
import { gapWords, refusalWords } from './wording.ts';

test('a gap says how many are gone, in words for one, many and unknown', () => {
  expect(gapWords({ reason: 'trimmed', missed: 1 }).title).toBe('1 message is missing here');
  expect(gapWords({ reason: 'expired', missed: 1234 }).title).toBe('1,234 messages are missing here');
  expect(gapWords({ reason: 'expired', missed: null }).title).toBe('An unknown number of messages are missing here');
  expect(gapWords({ reason: 'deleted', missed: 1 }).title).toBe('1 message was removed here');
  expect(gapWords({ reason: 'deleted', missed: 2 }).title).toBe('2 messages were removed here');
  expect(gapWords({ reason: 'rewritten', missed: 2 }).title).toBe('The server lost 2 messages of this room');
  expect(gapWords({ reason: 'lost', missed: null }).title).toBe('The earlier history of this room is gone');
});

test('each reason has an explanation of its own', () => {
  const reasons = ['trimmed', 'expired', 'lost', 'rewritten', 'deleted'] as const;

  expect(new Set(reasons.map((reason) => gapWords({ reason, missed: 3 }).detail)).size).toBe(reasons.length);
});

test('a refusal that the page does not know is named by its code', () => {
  expect(refusalWords('forbidden').detail).toBe('You may not write in this room.');
  expect(refusalWords('from_the_future').detail).toBe('The server refused it (from_the_future).');
  expect(refusalWords('constructor').detail).toBe('The server refused it (constructor).');
});
