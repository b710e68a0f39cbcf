/** Virtual time for tests of pages and their server, and what nearly all of those do with it. */
import type { ClientFrame } from '@holdline/protocol';
import { afterEach, beforeEach, vi } from 'vitest';
import type { FakePage } from './fake-page.ts';
import type { FakeServer } from './fake-server.ts';

/** For each test of the file that calls it. */
export function useVirtualTime(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    // Backoff is jittered; a test must not depend on the throw.
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
}

/** With a server that answers within a second: an attempt that waited for the whole time would meet its own deadline first. */
export async function passTime(server: FakeServer, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await vi.advanceTimersByTimeAsync(Math.min(left, 1_000));
    await server.flush();
  }
}

export async function connectPage(server: FakeServer, page: FakePage): Promise<void> {
  const connected = page.client.connect();
  await server.flush();
  await connected;
}

/** A script of the server: it takes publishes in and says nothing. */
export const silentOnPublish = (frame: ClientFrame): [] | undefined => (frame.type === 'publish' ? [] : undefined);
