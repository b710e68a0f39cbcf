/** What the tests of the whole client share: a client, a fake server, hints in the test's hands, and virtual time. */
import { FakeServer } from '@holdline/testkit';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Client } from './api.ts';
import { createClientWith } from './client.ts';
import type { NetworkHint, NetworkHints } from './connection/network-hints.ts';
import type { ClientOptions, WebSocketClass } from './options.ts';

export class HintsInHand implements NetworkHints {
  offline = false;
  readonly #listeners = new Set<(hint: NetworkHint) => void>();

  isOffline(): boolean {
    return this.offline;
  }

  listen(onHint: (hint: NetworkHint) => void): () => void {
    this.#listeners.add(onHint);
    return () => this.#listeners.delete(onHint);
  }

  tell(hint: NetworkHint): void {
    for (const listener of this.#listeners) listener(hint);
  }
}

export interface Stage {
  readonly server: FakeServer;
  readonly hints: HintsInHand;
  readonly client: Client;
}

const open: Client[] = [];

/** A client of `alice` before a server that answers; closed after the test. */
export function stage(options: Partial<ClientOptions> = {}, server = new FakeServer()): Stage {
  const hints = new HintsInHand();
  const WebSocket = server.network.WebSocket as unknown as WebSocketClass;
  const client = createClientWith(
    { url: 'ws://one/', user: 'alice', storage: 'memory', WebSocket, ...options },
    hints,
  ) as Client;
  open.push(client);
  return { server, hints, client };
}

/** Lets time pass on both sides, in steps, so that frames travel meanwhile. */
export async function pass(server: FakeServer, ms: number, stepMs = 250): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await server.settle();
    await vi.advanceTimersByTimeAsync(Math.min(stepMs, ms - passed));
  }
  await server.settle();
}

export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    // Full jitter at its longest: waits are what the options say.
    vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
  });
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}
