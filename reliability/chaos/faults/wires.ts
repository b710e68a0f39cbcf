// Faults of the wire between one page and the servers.

import type { Page } from '../actors/page.ts';
import type { PlannedFault } from '../plan.ts';
import type { World } from '../world.ts';
import { NOTHING, sleep, type FaultKind } from './fault.ts';

type WireFault = (page: Page, fault: PlannedFault) => Promise<void>;

const wire = (kind: string, durationMs: readonly [number, number], act: WireFault): FaultKind => ({
  kind,
  lane: 'wire',
  target: 'page',
  durationMs,
  mayLose: false,
  loses: NOTHING,
  async run(fault: PlannedFault, world: World) {
    const page = world.page(fault.target);
    await act(page, fault);
    page.identity.wires.mend();
    return { pages: [page] };
  },
});

const stall = (kind: string, direction?: 'up' | 'down'): FaultKind =>
  wire(kind, [400, 5000], async ({ identity: { wires } }, { durationMs }) => {
    wires.stall(direction);
    await sleep(durationMs);
  });

export const WIRE_FAULTS: readonly FaultKind[] = [
  wire('client-reset', [0, 0], async ({ identity: { wires } }) => wires.each((proxy) => proxy.cut())),
  wire('client-fin', [0, 0], async ({ identity: { wires } }) => wires.each((proxy) => proxy.fin())),
  stall('client-stall-both-ways'),
  stall('client-stall-to-server', 'up'),
  stall('client-stall-to-client', 'down'),
  wire('client-slow', [1000, 3000], async ({ identity: { wires } }, { durationMs, choice }) => {
    wires.each((proxy) => {
      proxy.delay(20 + (choice % 180));
      proxy.slice(256 + (choice % 1024));
    });
    await sleep(durationMs);
  }),
  wire('ack-lost', [100, 500], async (page, { durationMs }) => {
    const { wires } = page.identity;
    wires.stall('down');
    page.command({ type: 'burst', count: 20 });
    await sleep(durationMs);
    // What was held, the answers among it, is gone with the connections.
    wires.each((proxy) => proxy.cut());
  }),
  wire('frame-cut', [300, 1000], async ({ identity: { wires } }, { choice, durationMs }) => {
    const direction = choice % 2 === 0 ? 'down' : 'up';
    for (const proxy of wires.proxies.filter(({ connections }) => connections > 0)) {
      void proxy.cutAfter(1 + (choice % 1500), direction);
    }
    await sleep(durationMs);
  }),
  wire('client-refused', [300, 2500], async ({ identity: { wires } }, { durationMs }) => {
    wires.each((proxy) => {
      proxy.refuse();
      proxy.cut();
    });
    await sleep(durationMs);
  }),
];
