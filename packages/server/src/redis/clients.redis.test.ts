/** The two connections of an instance, on lines that break. */
import { once } from 'node:events';
import { createProxy, spawnRedis } from '@holdline/testkit';
import { afterAll, expect, test } from 'vitest';
import { createClients, GOODBYE_MS } from './clients.ts';

const redis = await spawnRedis();
const proxy = await createProxy({ target: `127.0.0.1:${redis.port}` });
afterAll(async () => {
  await proxy.close();
  await redis.stop();
});

test('[G5.3] a silent connection that is replaced is given up soon, though nobody answers the goodbye', async () => {
  const clients = createClients({ url: `redis://${proxy.hostPort}`, name: 'test', onError: () => undefined });
  const both = [clients.command, clients.subscriber];
  clients.connect();
  await Promise.all(both.map((client) => once(client, 'ready')));

  proxy.stall();
  const startedAt = performance.now();
  const closed = Promise.all(both.map((client) => once(client, 'close')));
  clients.replace();
  await closed;
  const tookMs = performance.now() - startedAt;
  clients.close();

  expect(tookMs).toBeLessThan(5 * GOODBYE_MS);
});
