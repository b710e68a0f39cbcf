import { expect, test } from 'vitest';
import { judgeDeployment, type InstanceRecord } from './deployment.ts';

const mine: InstanceRecord = {
  instance: 'a',
  boot: '1',
  prefix: 'hl',
  format: '1',
  mode: 'pubsub',
  script: 'abc',
  dedupeMs: 1000,
  at: 0,
};
const other = (changes: Partial<InstanceRecord>): InstanceRecord => ({ ...mine, instance: 'b', boot: '2', ...changes });
const record = { key: 'k', format: '1', mode: 'pubsub' };

test('instances that are alike find nothing', () => {
  expect(judgeDeployment(mine, { record, others: [other({})] })).toEqual({ refusal: null, findings: [], sealKey: 'k' });
});

test.each([[{ format: '2' }], [{ mode: 'sharded' as const }]])('refuses beside living instances with %j', (changes) => {
  const facts = { record: { ...record, ...changes }, others: [other(changes)] };

  expect(judgeDeployment(mine, facts).refusal).toMatch(/run under prefix 'hl'/);
});

test('a record that nobody alive follows is no refusal', () => {
  const facts = { record: { ...record, format: '2' }, others: [other({ prefix: 'x', format: '2' })] };

  expect(judgeDeployment(mine, facts).refusal).toBeNull();
});

test.each([
  [{ prefix: 'x' }, /instance b uses this Redis with prefix 'x', not 'hl'/],
  [{ script: 'def' }, /instance b runs append script def, not abc/],
  [{ dedupeMs: 5 }, /instance b has a dedupe window of 5 ms, not 1000/],
  [{ format: '0' }, /instance b has format 0/],
  [{ instance: 'a' }, /another running instance is named a, too/],
])('names %j', (changes, text) => {
  expect(judgeDeployment(mine, { record, others: [other(changes)] }).findings).toEqual([expect.stringMatching(text)]);
});

test('names a few of many', () => {
  const others = Array.from({ length: 500 }, (_, i) => other({ boot: `b${i}`, prefix: 'x' }));

  expect(judgeDeployment(mine, { record, others }).findings).toHaveLength(5);
});
