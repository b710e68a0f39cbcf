import { expect, test } from 'vitest';
import { createPublisher } from '../publisher.ts';
import { redisEngine } from '../engine-source.ts';
import { OptionsError } from '../option-checks.ts';
import { checkRedisUrl } from './redis-url.ts';

test.each([
  'redis://127.0.0.1:6379',
  'rediss://user:secret@cache.example:6380/2',
  'redis://[::1]:6379',
  'redis://localhost',
])('%s leads to one server', (url) => {
  expect(() => checkRedisUrl('url', url)).not.toThrow();
});

const REFUSAL = 'must be redis://host:port or rediss://host:port, of one server';

test.each([
  'redis+sentinel://one:26379,two:26379/primary',
  'redis+cluster://one:6379,two:6379',
  'redis://one:6379,two:6379',
  'redis:///var/run/redis.sock',
  'http://127.0.0.1:6379',
  '127.0.0.1:6379',
  '/var/run/redis.sock',
  '',
])('%j does not, and is refused before anything connects', (url) => {
  expect(() => redisEngine({ url })).toThrow(new OptionsError('url', REFUSAL));
  expect(() => createPublisher({ redis: url })).toThrow(new OptionsError('redis', REFUSAL));
});

test('the refusal does not repeat the URL', () => {
  expect(() => checkRedisUrl('url', 'http://user:secret@host')).toThrow(/^(?!.*secret)/);
});
