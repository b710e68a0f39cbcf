// The process of a run with the embedded engine: some servers on one broker in memory, and the broker's test hooks.

import { createEmbeddedBroker, createServer, parseRetention, type HoldlineServer } from '@holdline/server';
import { embeddedControlsOf } from '@holdline/server/testing';
import { RETENTION_SETTING } from '../retention.ts';
import type { RawEntry, RoomContent } from '../streams.ts';
import type { ControlCall, HostEnvelope, HostMessage, HostServer } from './embedded-messages.ts';

/** What the snapshot of the engine holds of a room, as far as a read needs it. */
interface RoomState {
  readonly stream: readonly { readonly id: string; readonly header: string | null; readonly data: Buffer | null }[];
  readonly position: string | null;
}

const [count = '1', limits = '{}'] = process.argv.slice(2);
const engine = createEmbeddedBroker({ retention: parseRetention(RETENTION_SETTING) });
const controls = embeddedControlsOf(engine);
const servers: HoldlineServer[] = [];
const generations: number[] = [];
let remembered: unknown;

async function start(index: number): Promise<HostServer> {
  const generation = (generations[index] ?? 0) + 1;
  generations[index] = generation;
  const instance = `s${index}-${generation}`;
  const settings = JSON.parse(limits) as Record<string, number>;
  const server = createServer({ ...settings, engine, instance, auth: 'open', origins: '*', port: 0 });
  await server.listen();
  servers[index] = server;
  return { url: server.url, instance };
}

async function control(call: ControlCall): Promise<void> {
  if (call[0] === 'remember') remembered = await controls.snapshot();
  else if (call[0] === 'goBack') await controls.restore(remembered);
  else {
    const [method, ...values] = call;
    await (controls[method] as (...args: readonly unknown[]) => unknown)(...values);
  }
}

async function read(from: readonly (readonly [string, string])[], call: ControlCall | null): Promise<RoomContent[]> {
  // Both begin before anything else gets a turn, and neither waits for anything.
  const snapshot = controls.snapshot() as Promise<Map<string, RoomState>>;
  if (call !== null) void control(call);
  const rooms = await snapshot;
  return from.map(([name, first]) => {
    const room = rooms.get(name);
    const entries = (room?.stream ?? []).filter(({ id }) => first === '-' || !isBefore(id, first));
    const raw = entries.map(({ id, header, data }): RawEntry => [id, ['h', header ?? '', 'd', String(data)]]);
    return { position: room?.position ?? null, raw };
  });
}

function isBefore(a: string, b: string): boolean {
  const [aMs = 0, aN = 0] = a.split('-').map(Number);
  const [bMs = 0, bN = 0] = b.split('-').map(Number);
  return aMs < bMs || (aMs === bMs && aN < bN);
}

async function answer({ request }: HostEnvelope): Promise<readonly RoomContent[] | HostServer | null> {
  if (request.type === 'read') return read(request.from, request.control);
  if (request.type === 'restart') {
    await servers[request.index]?.close();
    return start(request.index);
  }
  await control(request.control);
  return null;
}

const tell = (message: HostMessage): void => void process.send?.(message);
process.on('message', (envelope: HostEnvelope) => {
  void answer(envelope).then((value) => tell({ type: 'answer', id: envelope.id, value }));
});
process.on('disconnect', () => process.exit(0));
tell({ type: 'ready', servers: await Promise.all(Array.from({ length: Number(count) }, (_, index) => start(index))) });
