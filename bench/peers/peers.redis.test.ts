// Every peer that can run here, through the bare clients: what the harness believes of it holds.

import { afterEach, expect, test } from 'vitest';
import type { ClientPlan } from '../clients/load-calls.ts';
import { Load } from '../clients/load.ts';
import type { Peer, RunningPeer } from './peer.ts';
import { PEERS } from './registry.ts';

const CLIENTS: readonly ClientPlan[] = [
  { id: 'p0', role: 'publisher', room: 0, endpoint: 0 },
  { id: 'p1', role: 'publisher', room: 1, endpoint: 1 },
  { id: 'm00', role: 'member', room: 0, endpoint: 0 },
  { id: 'm01', role: 'member', room: 0, endpoint: 1 },
  { id: 'm10', role: 'member', room: 1, endpoint: 0 },
];
const MEMBERS = 3;
const FIRST = 20;
const MISSED = 30;

/** Ours, and what runs with what is installed for every test; the brokers that a machine happens to have are for the long run. */
const ALWAYS = ['holdline', 'classic', 'socketio', 'socketio-streams'];
const isLong = process.env['HOLDLINE_LONG'] !== undefined;
const able = PEERS.filter((peer) => (isLong || ALWAYS.includes(peer.name)) && peer.missing() === null);
let running: RunningPeer | null = null;
let load: Load | null = null;

async function open(peer: Peer): Promise<Load> {
  running = await peer.start({ nodeFlags: [] });
  load = new Load();
  await load.open({
    peer: peer.name,
    endpoints: running.endpoints,
    rooms: `t${process.pid}`,
    payloadBytes: 128,
    isResumable: true,
    isAcknowledged: true,
    clients: CLIENTS,
  });
  return load;
}

const publish = async (on: Load, count: number): Promise<readonly number[]> => {
  await on.publishBurst({ count, window: 10, perSecond: 200 });
  return on.stopPublishing();
};

afterEach(async () => {
  await load?.cutMembers();
  await running?.stop();
  [load, running] = [null, null];
});

test.each(able)(
  '$name delivers everything once and in order, and what was missed if it says so',
  { timeout: 60_000 },
  async (peer) => {
    const clients = await open(peer);

    const before = await clients.settle(await publish(clients, FIRST));
    await clients.cutMembers();
    const published = await publish(clients, MISSED);
    const returned = await clients.returnMembers(published);
    const after = await clients.settle(published);

    expect(before).toMatchObject({
      counts: { received: FIRST * MEMBERS, lost: 0, doubled: 0, reordered: 0 },
      strays: 0,
      unacked: 0,
      faultTexts: [],
    });
    expect(published).toEqual([FIRST + MISSED, FIRST + MISSED]);
    expect(returned.caughtUp).toBe(peer.isResumable ? MEMBERS : 0);
    expect(after.cutCounts).toMatchObject({ lost: peer.isResumable ? 0 : MISSED * MEMBERS, doubled: 0, reordered: 0 });
  },
);

test.each(able)(
  '$name names its processes, and an instance that is killed comes back',
  { timeout: 60_000 },
  async (peer) => {
    running = await peer.start({ nodeFlags: [] });
    const servers = (): number => running!.processes().filter(({ role }) => role === 'server').length;
    const all = servers();

    await running.kill(0);
    const left = servers();
    await running.restart(0);

    expect([left, servers()]).toEqual([all - 1, all]);
  },
);
