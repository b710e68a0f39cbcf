// The demo where no Redis is to be had: both instances in this process, on one broker in memory. Messages end with it.

import { createEmbeddedBroker, createServer } from '@holdline/server';
import type { DemoInstances } from './instances.ts';

const DRAIN_MS = 500;

export async function startEmbeddedInstances(names: readonly string[]): Promise<DemoInstances> {
  const engine = createEmbeddedBroker();
  const servers = names.map(() => createServer({ engine, auth: 'open', origins: '*', port: 0, drainMs: DRAIN_MS }));
  await Promise.all(servers.map((server) => server.listen()));
  return {
    list: servers.map(({ url }, index) => ({ name: names[index]!, url })),
    // They live as long as this process.
    ended: new Promise(() => {}),
    stop: async () => void (await Promise.all(servers.map((server) => server.close()))),
  };
}
