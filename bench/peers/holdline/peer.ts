// Holdline as it is built: two `holdline-server` processes on one Redis, everything stored, deduplicated and acknowledged. Limits that
// stop one address or one connection from flooding a server are raised, since here one address is everybody; the rest is default.

import { fileURLToPath } from 'node:url';
import { startOnRedis } from '../on-redis.ts';
import type { Peer } from '../peer.ts';

const ENTRY = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url));

/** The flags with which docs/OPERATIONS.md starts it. */
const START_FLAGS = ['--max-semi-space-size=4'];

const RAISED = {
  HOLDLINE_MAX_CONNECTIONS_PER_ADDRESS: '100000',
  HOLDLINE_RATE: '1000000',
  HOLDLINE_RATE_BURST: '1000000',
};

export const HOLDLINE: Peer = {
  name: 'holdline',
  title: 'Holdline',
  setUp:
    '2 x `holdline-server`, started as docs/OPERATIONS.md does (`--max-semi-space-size=4`), with `HOLDLINE_AUTH=open` and raised limits per address and connection, Redis without persistence; ' +
    'every message stored, deduplicated and acknowledged',
  ack: 'stored',
  isResumable: true,
  missing: () => null,
  start: (options) =>
    startOnRedis(
      {
        name: 'holdline',
        entry: ENTRY,
        nodeFlags: START_FLAGS,
        env: { HOST: '127.0.0.1', HOLDLINE_AUTH: 'open', HOLDLINE_ORIGINS: '*', ...RAISED },
      },
      options,
    ),
};
