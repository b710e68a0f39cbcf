/** The server under attack: one instance on the embedded engine, with deadlines short enough to be reached in a run. */
import { createEmbeddedBroker, createServer } from '@holdline/server';
import { embeddedControlsOf } from '@holdline/server/testing';
import { answerParent } from '../../process/measured.ts';

const broker = createEmbeddedBroker();
const server = createServer({
  auth: 'open',
  port: 0,
  engine: broker,
  origins: '*',
  helloTimeoutMs: 300,
  lingerMs: 50,
  maxConnectionsPerAddress: 500,
});
await server.listen();

answerParent({
  own: () => ({
    connections: server.connectionCount,
    faults: server.metrics.value('faults'),
    frames: server.metrics.value('frames_received'),
    strikes: server.metrics.value('strikes'),
    refused: server.metrics.value('frames_refused') + server.metrics.value('publishes_refused'),
  }),
  commands: {
    port: () => server.port,
    // What was stored is no leak: without it the heap has to be what it was.
    forget: () => embeddedControlsOf(broker).forgetEverything(),
  },
});
