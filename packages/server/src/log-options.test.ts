import { expect, test } from 'vitest';
import { createEmbeddedBroker } from './embedded-engine.ts';
import { redisEngine } from './engine-source.ts';
import { resolveLogOptions, type LogOptions } from './log-options.ts';
import type { OptionsError } from './option-checks.ts';
import { createPublisher } from './publisher.ts';

const URL = 'redis://127.0.0.1:6379';
const RULE = { pattern: 'chat:*', count: 10, ageMs: null };

test('fills in every default, and an option set to undefined counts as not set', () => {
  expect(resolveLogOptions({ prefix: undefined as never })).toEqual({
    prefix: 'hl',
    retention: [{ pattern: '*', count: 10_000, ageMs: 604_800_000 }],
    dedupeMs: 7_200_000,
    dedupeRecords: 100_000,
  });
});

test('what makes sense stays as it is', () => {
  const options = { prefix: 'a.b:c-d_1', retention: [RULE], dedupeMs: 1000, dedupeRecords: 1 };

  expect(resolveLogOptions(options)).toEqual(options);
  expect(resolveLogOptions({ retention: [] }).retention).toEqual([]);
});

test.each<[keyof LogOptions, unknown]>([
  ['prefix', ''],
  ['prefix', '{x}'],
  ['prefix', 'a b'],
  ['prefix', 'x'.repeat(65)],
  ['prefix', 7],
  ['retention', '*=10'],
  ['retention', RULE],
  ['retention', [null]],
  ['retention', [{ ...RULE, pattern: 'a b' }]],
  ['retention', [{ ...RULE, pattern: '' }]],
  ['retention', [{ ...RULE, count: 0 }]],
  ['retention', [{ ...RULE, count: 1.5 }]],
  ['retention', [{ ...RULE, count: 1e10 }]],
  ['retention', [{ ...RULE, ageMs: 0 }]],
  ['retention', [{ ...RULE, ageMs: Number.NaN }]],
  ['retention', [{ ...RULE, ageMs: undefined }]],
  ['retention', [{ ...RULE, ageMs: 1e15 }]],
  ['dedupeMs', 999],
  ['dedupeMs', 1000.5],
  ['dedupeMs', '60000'],
  ['dedupeMs', Infinity],
  ['dedupeRecords', 0],
  ['dedupeRecords', Number.NaN],
])('%s: %j makes no sense to an engine or a publisher, and nothing connects', (option, value) => {
  const options = { [option]: value } as LogOptions;
  const refusal = expect.objectContaining({ name: 'OptionsError', code: 'bad_options', option }) as OptionsError;

  expect(() => redisEngine({ url: URL, ...options })).toThrow(refusal);
  expect(() => createPublisher({ redis: URL, ...options })).toThrow(refusal);
  expect(() => createEmbeddedBroker(options)).toThrow(refusal);
});

test.each([
  ['redis', { redis: undefined }],
  ['instance', { instance: 'a b' }],
  ['retryForMs', { retryForMs: -1 }],
  ['retryForMs', { retryForMs: Infinity }],
  // A copy whose answer was lost would be forgotten before the last attempt, and stored again.
  ['retryForMs', { retryForMs: 10_000, dedupeMs: 19_999 }],
  ['observe', { observe: 'x' }],
  ['maxMessageBytes', { maxMessageBytes: 0 }],
  ['maxMessageBytes', { maxMessageBytes: '64k' }],
])('%s: %j makes no sense to a publisher', (option, options) => {
  expect(() => createPublisher({ redis: URL, ...options } as never)).toThrow(
    expect.objectContaining({ code: 'bad_options', option }),
  );
});
