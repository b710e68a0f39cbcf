/** What the drawer does: each action is real, and goes through the line, the route or the room, never through the page's state. */
import { useMemo } from 'react';
import type { ChatClient } from '../chat/events.ts';
import type { Line } from './breakable-socket.ts';
import { tellOnline } from './browser-network.ts';
import type { Route } from './route.ts';

export interface LineActions {
  readonly cut: () => void;
  readonly goOffline: () => void;
  readonly goOnline: () => void;
  /** To the other instance. */
  readonly move: () => void;
  readonly burst: () => void;
  /** Tries now instead of after the wait. */
  readonly retry: () => void;
}

const BURST = 20;

export function useLineActions(
  line: Line,
  route: Route,
  client: ChatClient | null,
  send: (body: string) => void,
  note: (text: string) => void,
): LineActions {
  return useMemo(() => {
    // A failure shows as a state of the connection.
    const retry = (): void => void client?.connect().catch(() => {});
    return {
      retry,
      cut() {
        note('You cut the connection');
        line.cut();
      },
      goOffline() {
        note('You went offline');
        // Told first, so that the client takes the loss for what it is.
        tellOnline(false);
        line.block(true);
      },
      goOnline() {
        note('You came back online');
        line.block(false);
        tellOnline(true);
        retry();
      },
      move() {
        const to = route.other;
        if (to === null) return;
        note(`You moved to instance ${to.name}`);
        route.moveTo(to.name);
        line.cut();
        retry();
      },
      burst() {
        note(`You sent ${BURST} messages`);
        for (let i = 1; i <= BURST; i++) send(`Burst ${i} of ${BURST}`);
      },
    };
  }, [line, route, client, send, note]);
}
