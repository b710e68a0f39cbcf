import { expect, test } from 'vitest';
import { judgeServer } from './server-checks.ts';

const info = (changes: Record<string, string> = {}): string =>
  Object.entries({
    redis_version: '7.0.15',
    maxmemory: '0',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    rdb_last_bgsave_status: 'ok',
    aof_last_write_status: 'ok',
    role: 'master',
    ...changes,
  })
    .map(([name, value]) => `${name}:${value}`)
    .join('\r\n');

test('a Redis as it should be has no findings', () => {
  expect(judgeServer(info())).toEqual({ refusal: null, findings: [] });
});

test.each([
  ['6.0.20', true],
  ['5.0.7', true],
  ['6.2.0', false],
  ['7.4.1', false],
  ['8.0.0', false],
  ['255.255.255', false],
])('version %s is refused: %s', (version, isRefused) => {
  expect(judgeServer(info({ redis_version: version })).refusal !== null).toBe(isRefused);
});

test.each([
  [{ maxmemory_policy: 'allkeys-lru', maxmemory: '100' }, /allkeys-lru.*drop whole rooms when memory runs short/],
  [{ maxmemory_policy: 'volatile-ttl' }, /as soon as maxmemory is set/],
  [{ aof_enabled: '0' }, /appendonly is off/],
  [{ rdb_last_bgsave_status: 'err' }, /cannot write to its disk/],
  [{ role: 'slave' }, /replica/],
])('finds %j', (changes, text) => {
  expect(judgeServer(info(changes)).findings).toEqual([expect.stringMatching(text)]);
});

test('lives with an answer that says nothing', () => {
  expect(judgeServer('')).toMatchObject({ refusal: null, findings: [expect.stringContaining('not known')] });
});
