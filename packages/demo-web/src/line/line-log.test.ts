import { expect, test } from 'vitest';
import { lineWords, MAX_ENTRIES, withEntry, type LineLogEntry } from './line-log.ts';

test('the log keeps the newest entries, newest first, with keys of their own', () => {
  let log: readonly LineLogEntry[] = [];
  for (let i = 1; i <= MAX_ENTRIES + 10; i++) log = withEntry(log, i, `entry ${i}`);

  expect(log).toHaveLength(MAX_ENTRIES);
  expect(log[0]?.text).toBe(`entry ${MAX_ENTRIES + 10}`);
  expect(new Set(log.map(({ key }) => key)).size).toBe(MAX_ENTRIES);
});

test('it says where the line goes and why it broke', () => {
  const event = { reason: 'lost', retryInMs: null, instance: null, instanceName: 'B' } as const;

  expect(lineWords({ ...event, state: 'connected', instance: 'i-1' })).toBe('Connected to B (i-1)');
  expect(lineWords({ ...event, state: 'reconnecting' })).toBe('Dialling B again');
  expect(lineWords({ ...event, state: 'reconnecting', retryInMs: 1_240 })).toBe('No line: lost. Next try in 1.2 s');
  expect(lineWords({ ...event, state: 'idle' })).toBeNull();
});
