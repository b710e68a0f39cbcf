// The receiving side: CPU per received message in the SDK and in socket.io-client, in Node, each in a process of its own with its own
// server. Not a browser's figures, but the same code on the same engine.

import { fileURLToPath } from 'node:url';
import { spawnChild, type Child } from '@holdline/testkit';
import type { Library } from '../clients/library-client.ts';
import type { LibraryMark, LibraryPlan } from '../clients/library.child.ts';
import { PAYLOAD_BYTES, plansFor } from './fan-out.ts';
import { LoadGroup } from './load-group.ts';
import { sleep } from './sleep.ts';
import { freshRooms, type Entrant, type Sample, type Scale, type Workload } from './workload.ts';

const CHILD = fileURLToPath(new URL('../clients/library.child.ts', import.meta.url));
const CLIENTS = 5;
const PER_SECOND = 400;

function ask<T>(child: Child, question: LibraryPlan | 'mark'): Promise<T> {
  return new Promise((resolve, reject) => {
    child.process.once('message', (answer) => resolve(answer as T));
    void child.exited.then(() => reject(new Error('the process of library clients ended')));
    child.process.send(question);
  });
}

async function measure({ peer, running }: Entrant, { warmUpMs, windowMs }: Scale): Promise<Sample> {
  const child = spawnChild(process.execPath, [CHILD], { ipc: true });
  const load = new LoadGroup();
  try {
    const rooms = freshRooms();
    const ports = running.endpoints.map(({ port }) => port);
    await ask(child, { library: peer.name as Library, ports, room: `${rooms}-0`, clients: CLIENTS });
    const plan = { peer: peer.name, endpoints: running.endpoints, rooms, payloadBytes: PAYLOAD_BYTES };
    await load.open(plan, plansFor({ rooms: 1, members: 0 }, rooms));
    await load.startPublishing(PER_SECOND);
    await sleep(warmUpMs);
    const before = await ask<LibraryMark>(child, 'mark');
    await sleep(windowMs);
    const after = await ask<LibraryMark>(child, 'mark');
    await load.finish();
    const received = after.received - before.received;
    return {
      figures: {
        perSecond: (received / windowMs) * 1000,
        cpuUs: (after.cpuUs - before.cpuUs) / received,
        isInOrder: after.isInOrder ? 1 : 0,
      },
      faultTexts: after.isInOrder ? [] : ['messages came out of order'],
    };
  } finally {
    await load.stop();
    await child.end('SIGTERM', 2000);
  }
}

export const BROWSER: Workload = {
  name: 'browser',
  title: `client side (${CLIENTS} clients x ${PER_SECOND}/s in Node: the SDK and socket.io-client)`,
  peers: ['holdline', 'socketio'],
  columns: [
    { key: 'perSecond', heading: 'received/s' },
    { key: 'cpuUs', heading: 'client CPU us/message', digits: 1 },
  ],
  measure,
};
