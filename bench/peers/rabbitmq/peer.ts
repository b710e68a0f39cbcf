// RabbitMQ with its Web STOMP plugin, one node. Its Erlang needs a name server (epmd), which would otherwise be started behind our
// back and outlive us: here it is a program of its own, on a port of its own.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@holdline/testkit';
import type { Peer, RunningPeer } from '../peer.ts';
import { findProgram, Sandbox, versionOf, type Program } from '../sandbox.ts';

/** The command on the path changes to the user of the system's service; this is the one behind it. */
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const NEEDED = ['erl', 'epmd'];

interface Ports {
  readonly amqp: number;
  readonly stomp: number;
  readonly webSocket: number;
  readonly epmd: number;
  readonly distribution: number;
}

const config = ({ amqp, stomp, webSocket }: Ports): string => `
listeners.tcp.local = 127.0.0.1:${amqp}
stomp.listeners.tcp.local = 127.0.0.1:${stomp}
web_stomp.tcp.ip = 127.0.0.1
web_stomp.tcp.port = ${webSocket}
web_stomp.tcp.backlog = 4096
log.console = true
log.console.level = error
log.file = false
disk_free_limit.absolute = 50MB
`;

export const RABBITMQ: Peer = {
  name: 'rabbitmq',
  title: 'RabbitMQ Web STOMP',
  setUp:
    '1 x RabbitMQ with Web STOMP, a topic of `amq.topic` for each room; queues that go with their connection, and for members that come back ' +
    'durable ones with acknowledgements; publishes confirmed and persistent where a workload asks for acknowledgements',
  ack: 'stored',
  isResumable: true,
  missing: () =>
    existsSync(SERVER) && NEEDED.every((name) => findProgram(name) !== null)
      ? null
      : 'RabbitMQ is not installed (apt-get install rabbitmq-server)',
  versions: () => ({ RabbitMQ: versionOf('dpkg-query', '-W', 'rabbitmq-server') }),
  start,
};

async function start(): Promise<RunningPeer> {
  const sandbox = new Sandbox();
  const ports: Ports = {
    amqp: await freePort(),
    stomp: await freePort(),
    webSocket: await freePort(),
    epmd: await freePort(),
    distribution: await freePort(),
  };
  const [epmd, rabbit] = await startBoth(sandbox, ports).catch(async (error: unknown) => {
    await sandbox.stop();
    throw error;
  });
  return {
    endpoints: [{ host: '127.0.0.1', port: ports.webSocket }],
    processes: () => [
      ...(rabbit.isRunning ? [{ name: 'rabbitmq', role: 'server' as const, pid: rabbit.pid }] : []),
      { name: 'epmd', role: 'broker', pid: epmd.pid },
    ],
    kill: () => rabbit.kill(),
    restart: () => rabbit.start(),
    stop: () => sandbox.stop(),
  };
}

async function startBoth(sandbox: Sandbox, ports: Ports): Promise<readonly [Program, Program]> {
  const { folder } = sandbox;
  const file = (name: string): string => join(folder, name);
  writeFileSync(file('rabbitmq.conf'), config(ports));
  writeFileSync(file('enabled_plugins'), '[rabbitmq_web_stomp].\n');
  const names = { ERL_EPMD_PORT: String(ports.epmd), ERL_EPMD_ADDRESS: '127.0.0.1' };
  const epmd = await sandbox.run({
    command: findProgram('epmd')!,
    args: ['-port', String(ports.epmd), '-address', '127.0.0.1'],
    ports: [ports.epmd],
  });
  const rabbit = await sandbox.run({
    command: SERVER,
    args: [],
    env: {
      ...names,
      // Replaces the shell by the server, in place of waiting for it.
      RUNNING_UNDER_SYSTEMD: 'yes',
      RABBITMQ_NODENAME: `bench-${ports.epmd}@localhost`,
      RABBITMQ_DIST_PORT: String(ports.distribution),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      RABBITMQ_CONF_ENV_FILE: file('none'),
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
      RABBITMQ_MNESIA_BASE: file('mnesia'),
      RABBITMQ_LOG_BASE: file('log'),
      RABBITMQ_GENERATED_CONFIG_DIR: file('generated'),
      RABBITMQ_SCHEMA_DIR: file('schema'),
      RABBITMQ_PID_FILE: file('pid'),
    },
    ports: [ports.webSocket],
  });
  return [epmd, rabbit];
}
