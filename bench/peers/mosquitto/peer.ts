// Mosquitto, one broker with a WebSocket listener, for clients with QoS 0 and for clients with QoS 1.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@holdline/testkit';
import type { Peer, RunningPeer } from '../peer.ts';
import { findProgram, Sandbox, versionOf } from '../sandbox.ts';

/** It does not start with a WebSocket listener alone. */
const config = (port: number, plainPort: number): string => `
listener ${plainPort} 127.0.0.1
listener ${port} 127.0.0.1
protocol websockets
allow_anonymous true
persistence false
log_dest none
# The default keeps 1,000 messages for a client that is away, and drops the rest without a word.
max_queued_messages 0
`;

const shared = {
  missing: () => (findProgram('mosquitto') === null ? 'mosquitto is not installed (apt-get install mosquitto)' : null),
  versions: () => ({ Mosquitto: versionOf('mosquitto', '-h') }),
  start,
};

export const MOSQUITTO_QOS0: Peer = {
  ...shared,
  name: 'mosquitto-qos0',
  title: 'Mosquitto QoS 0',
  setUp: '1 x mosquitto, WebSocket listener, a topic for each room, QoS 0: nothing is stored or acknowledged',
  ack: 'none',
  isResumable: false,
};

export const MOSQUITTO_QOS1: Peer = {
  ...shared,
  name: 'mosquitto-qos1',
  title: 'Mosquitto QoS 1',
  setUp:
    '1 x mosquitto, WebSocket listener, a topic for each room, QoS 1: publishers and members acknowledge each message, the broker ' +
    'queues in memory for members that are away (`max_queued_messages 0`: without a limit)',
  ack: 'stored',
  isResumable: true,
};

async function start(): Promise<RunningPeer> {
  const sandbox = new Sandbox();
  const port = await freePort();
  const file = join(sandbox.folder, 'mosquitto.conf');
  writeFileSync(file, config(port, await freePort()));
  const program = await sandbox
    .run({ command: findProgram('mosquitto')!, args: ['-c', file], ports: [port] })
    .catch(async (error: unknown) => {
      await sandbox.stop();
      throw error;
    });
  return {
    endpoints: [{ host: '127.0.0.1', port }],
    processes: () => (program.isRunning ? [{ name: 'mosquitto', role: 'server', pid: program.pid }] : []),
    kill: () => program.kill(),
    restart: () => program.start(),
    stop: () => sandbox.stop(),
  };
}
