/** One instance of the soak run, on Redis. Rooms close soon after their last member, so that what is left can be counted. */
import { createServer, redisEngine } from '@holdline/server';
import { answerParent } from '../process/measured.ts';

const server = createServer({
  auth: 'open',
  port: 0,
  origins: '*',
  lingerMs: 500,
  maxConnectionsPerAddress: 2000,
  engine: redisEngine({ url: process.env['REDIS_URL'] ?? '', prefix: process.env['SOAK_PREFIX'] ?? '' }),
});
await server.listen();

answerParent({
  own: () => ({
    connections: server.connectionCount,
    // Rooms that are open now: each holds a subscription, timers and a window.
    rooms: server.metrics.value('rooms_opened') - server.metrics.value('rooms_retired'),
    faults: server.metrics.value('faults'),
  }),
  commands: {
    url: () => server.url,
    totals: () => ({
      connections: server.metrics.value('connections_opened'),
      joins: server.metrics.value('joins'),
      stored: server.metrics.value('publishes_stored'),
      delivered: server.metrics.value('messages_delivered'),
    }),
  },
});
