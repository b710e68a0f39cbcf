// NATS with its WebSocket listener: core (two nodes of a cluster, nothing kept) and JetStream (one node that keeps a stream in a file).

import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@holdline/testkit';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import type { Peer, RunningPeer } from '../peer.ts';
import { findProgram, Sandbox, versionOf, type Program } from '../sandbox.ts';
import {
  endOfNats,
  isMessage,
  natsConnect,
  natsPublish,
  natsSubscribe,
  readMessage,
  STREAM,
  STREAM_SUBJECTS,
} from './codec.ts';

const NODES = 2;
const SET_UP_DEADLINE_MS = 10_000;
/** So that the stream ends before the disk does. */
const MAX_STREAM_BYTES = 4 * 1024 ** 3;

interface Node {
  readonly port: number;
  readonly webSocketPort: number;
  readonly program: Program;
}

const shared = {
  missing: () =>
    findProgram('nats-server') === null ? 'nats-server is not installed (apt-get install nats-server)' : null,
  versions: () => ({ NATS: versionOf('nats-server', '--version') }),
};

export const NATS: Peer = {
  ...shared,
  name: 'nats',
  title: 'NATS core',
  setUp: '2 x nats-server in a cluster, WebSocket listener, a subject for each room; nothing is stored or acknowledged',
  ack: 'none',
  isResumable: false,
  async start() {
    const ports = await Promise.all(Array.from({ length: NODES }, () => freePort()));
    return startNodes(NODES, (name, i) =>
      [
        `cluster { name: bench, host: 127.0.0.1, port: ${ports[i]}`,
        `  routes: [${ports
          .filter((__, other) => other !== i)
          .map((port) => `nats://127.0.0.1:${port}`)
          .join(', ')}] }`,
        `server_name: ${name}`,
      ].join('\n'),
    );
  },
};

export const JETSTREAM: Peer = {
  ...shared,
  name: 'jetstream',
  title: 'NATS JetStream',
  setUp:
    '1 x nats-server with JetStream: one stream in a file (no fsync per message) for all rooms, publishes that are answered when stored, an ' +
    'ordered consumer for each member',
  ack: 'stored',
  isResumable: true,
  start: () =>
    startNodes(
      1,
      (_, __, folder) => `jetstream { store_dir: "${folder}", max_file_store: ${2 * MAX_STREAM_BYTES} }`,
      createStream,
    ),
};

async function startNodes(
  count: number,
  settings: (name: string, index: number, folder: string) => string,
  prepare: (node: Node) => Promise<void> = async () => {},
): Promise<RunningPeer> {
  const sandbox = new Sandbox();
  const nodes: Node[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const name = `nats-${i}`;
      nodes.push(await startNode(sandbox, name, (folder) => settings(name, i, folder)));
    }
    await prepare(nodes[0]!);
  } catch (error) {
    await sandbox.stop();
    throw error;
  }
  return {
    endpoints: nodes.map(({ webSocketPort }) => ({ host: '127.0.0.1', port: webSocketPort })),
    processes: () =>
      nodes.flatMap(({ program: { pid, isRunning } }, i) =>
        isRunning ? [{ name: `nats-${i}`, role: 'server' as const, pid }] : [],
      ),
    kill: (instance) => nodes[instance]!.program.kill(),
    restart: (instance) => nodes[instance]!.program.start(),
    stop: () => sandbox.stop(),
  };
}

async function startNode(sandbox: Sandbox, name: string, settings: (folder: string) => string): Promise<Node> {
  const folder = join(sandbox.folder, name);
  const [port, webSocketPort] = [await freePort(), await freePort()];
  mkdirSync(folder);
  const file = join(folder, 'nats.conf');
  writeFileSync(
    file,
    `host: 127.0.0.1
port: ${port}
websocket { host: 127.0.0.1, port: ${webSocketPort}, no_tls: true }
${settings(folder)}
`,
  );
  const program = await sandbox.run({
    command: findProgram('nats-server')!,
    args: ['-c', file],
    ports: [port, webSocketPort],
  });
  return { port, webSocketPort, program };
}

/** Asked for on the TCP port, which speaks the same protocol. */
async function createStream({ port }: Node): Promise<void> {
  const config = {
    name: STREAM,
    subjects: [STREAM_SUBJECTS],
    retention: 'limits',
    discard: 'old',
    storage: 'file',
    max_bytes: MAX_STREAM_BYTES,
    num_replicas: 1,
  };
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => done(() => reject(new Error('JetStream made no stream'))), SET_UP_DEADLINE_MS);
    const cutter = new StreamCutter(endOfNats, (bytes, at, end) => {
      if (isMessage(bytes, at)) done(() => resolve(readMessage(bytes, at, end).body));
    });
    socket.on('data', (chunk) => cutter.push(chunk));
    socket.on('error', (error) => done(() => reject(error)));
    const create = natsPublish(`$JS.API.STREAM.CREATE.${STREAM}`, JSON.stringify(config), '_INBOX.set-up');
    socket.write(natsConnect('set-up') + natsSubscribe('_INBOX.set-up', 1) + create);
  });
  if (answer.includes('"error"')) throw new Error(`JetStream made no stream: ${answer}`);
}
