/** A server of the simulation: the real one, without HTTP, on virtual time, with its engine at the end of a network. */
import { createServer, type HoldlineServer, type ServerOptions } from '@holdline/server';
import { EPOCH_MS } from './globals.ts';
import type { Host } from './network.ts';
import { remoteSource, type StoreLinkOptions } from './store-link.ts';
import { createOwner, type Owner, type Timer } from './virtual-time.ts';

export interface SimServerOptions extends Omit<StoreLinkOptions, 'owner'> {
  readonly instance: string;
  readonly tuning: Partial<ServerOptions>;
  /** Clocks of servers differ: ms by which this one is ahead. */
  readonly skewMs: number;
}

export class SimServer implements Host {
  readonly instance: string;
  readonly owner: Owner;
  readonly server: HoldlineServer;
  isDraining = false;

  constructor(options: SimServerOptions) {
    const { instance, time, tuning, skewMs } = options;
    this.instance = instance;
    this.owner = createOwner(instance);
    time.owner = this.owner;
    this.server = createServer({
      auth: 'open',
      ...tuning,
      port: null,
      instance,
      engine: remoteSource({ ...options, owner: this.owner }),
      clock: {
        now: () => EPOCH_MS + skewMs + time.nowMs,
        monotonic: () => time.nowMs,
        random: () => options.random.random(),
        setTimeout: (run, delayMs) => time.set(run, Math.max(1, delayMs)),
        clearTimeout: (timer) => time.clear(timer as Timer | undefined),
        // The event loop's own turns hold many steps of the schedule.
        afterTurn: (task) => void time.set(task, 0, this.owner),
      },
    });
    // It rejects when it is closed before the store has answered once, as some schedules have it.
    this.server.listen().catch(() => undefined);
  }

  accept(socket: Parameters<Host['accept']>[0]): void {
    this.server.accept(socket, { remoteAddress: 'sim' });
  }
}
