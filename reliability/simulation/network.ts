/**
 * A network between pages and servers. Within one connection order is kept; between connections everything is possible. It
 * cuts connections (both ends told, or one of them), holds up either direction, refuses, and leaves new connections unanswered.
 */
import type { ServerSocket } from '@holdline/server';
import type { SeededRandom } from '@holdline/testkit';
import { Link } from './link.ts';
import type { Pace } from './pipe.ts';
import type { PageSocket } from './page-socket.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** A server as the network sees it. */
export interface Host {
  readonly owner: Owner;
  accept(socket: ServerSocket): void;
}

export type Reachability = 'up' | 'refuses' | 'silent';

/** How long a connection attempt that is refused takes. */
const REFUSED_AFTER_MS = 3;

export class Network {
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly #hosts = new Map<string, Host>();
  readonly #reachability = new Map<string, Reachability>();
  /** Connections of which at least one end is open, by age. */
  readonly links = new Set<Link>();
  /** For the trace; null when nobody looks. */
  onTraffic: ((link: Link, direction: 'up' | 'down', text: string) => void) | null = null;
  /** A planted fault: what comes down is changed, or left out (null). */
  tamper: ((link: number, text: string) => string | null) | null = null;
  #pace: Pace = { latencyMs: 1, jitterMs: 0, isChunky: true };
  #count = 0;

  constructor(time: VirtualTime, random: SeededRandom) {
    this.time = time;
    this.random = random;
  }

  /** How connections that are opened from now on behave. */
  setPace(pace: Pace): void {
    this.#pace = pace;
  }

  addHost(name: string, host: Host): void {
    this.#hosts.set(name, host);
    this.#reachability.set(name, 'up');
  }

  setReachability(name: string, reachability: Reachability): void {
    this.#reachability.set(name, reachability);
  }

  /** Opens a connection to `ws://<host>`; what becomes of it the socket is told, or nothing at all. */
  dial(url: string, page: Owner, socket: PageSocket): void {
    const name = url.slice('ws://'.length);
    const host = this.#hosts.get(name);
    const reachability = host === undefined || host.owner.isDead ? 'refuses' : this.#reachability.get(name);
    if (host === undefined || reachability === 'refuses') {
      this.time.set(() => socket.ended(1006), REFUSED_AFTER_MS, page);
      return;
    }
    if (reachability === 'silent') return;
    const link = new Link(
      { network: this, id: (this.#count += 1), page, host, hostName: name, pace: { ...this.#pace } },
      socket,
    );
    this.links.add(link);
    link.open();
  }

  linksOf(owner: Owner): Link[] {
    return [...this.links].filter((link) => link.page === owner || link.host.owner === owner);
  }
}
