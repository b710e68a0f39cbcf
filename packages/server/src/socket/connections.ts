/**
 * beside Hop 3/8 – all sockets of this instance: how many there may be, what all are told, and the orderly end. One
 * that is turned away counts until it is gone, so that strangers cannot hold more than members may (G7.3).
 */
import type { CloseName, NoticeKind } from '@holdline/protocol';
import { atMost, type Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import { closeSocket, type ServerSocket } from './server-socket.ts';

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** Part of the drain time that clients are spread over; the rest is for moving. */
const MOVE_SHARE = 0.6;
/** Kept back from the drain time for closing the rest. */
const CLOSING_SHARE = 0.1;
const MAX_CLOSING_MS = 1000;

export class Connections implements ConnectionOwner {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #all = new Set<Connection>();
  /** Told to go, and not gone yet. */
  readonly #dismissed = new Set<ServerSocket>();
  readonly #byAddress = new Map<string, number>();
  #emptyWaiters: (() => void)[] = [];

  constructor(limits: ConnectionLimits, clock: Clock, metrics: Metrics) {
    this.#limits = limits;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  get size(): number {
    return this.#all.size;
  }

  /** What is exceeded if one more came from this address; null when it may come. */
  limitFor(address: string): 'server' | 'address' | null {
    if (this.#all.size + this.#dismissed.size >= this.#limits.maxConnections) return 'server';
    return (this.#byAddress.get(address) ?? 0) >= this.#limits.maxConnectionsPerAddress ? 'address' : null;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
    this.#metrics.count('connections_opened');
    this.#countAt(connection.remoteAddress, 1);
  }

  gone(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    this.#metrics.count('connections_closed');
    this.#countAt(connection.remoteAddress, -1);
    if (this.#all.size > 0) return;
    const waiters = this.#emptyWaiters;
    this.#emptyWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Closes a socket that is no connection: it is told why, and has a moment to answer. */
  dismiss(socket: ServerSocket, address: string, close: CloseName): void {
    this.#dismissed.add(socket);
    this.#countAt(address, 1);
    socket.on('close', () => {
      if (this.#dismissed.delete(socket)) this.#countAt(address, -1);
    });
    closeSocket(socket, this.#clock, close);
  }

  #countAt(address: string, change: 1 | -1): void {
    const count = (this.#byAddress.get(address) ?? 0) + change;
    if (count > 0) this.#byAddress.set(address, count);
    else this.#byAddress.delete(address);
  }

  notifyAll(notice: NoticeKind): void {
    for (const connection of this.#all) connection.notify(notice);
  }

  /**
   * Tells all to move, each at its own time, and closes those that have not, but not before `lastAnswers`
   * has settled. Takes at most `drainMs` and what `lastAnswers` takes beyond that.
   */
  async drain(drainMs: number, lastAnswers: Promise<void>): Promise<void> {
    const closingMs = Math.min(MAX_CLOSING_MS, drainMs * CLOSING_SHARE);
    for (const connection of this.#all) {
      connection.drain(Math.round(this.#clock.random() * drainMs * MOVE_SHARE));
    }
    await this.#emptyWithin(drainMs - 2 * closingMs);
    await lastAnswers;
    for (const connection of this.#all) connection.endDrain();
    await this.#emptyWithin(closingMs);
    for (const connection of this.#all) connection.terminate();
    for (const socket of this.#dismissed) socket.terminate();
  }

  #emptyWithin(ms: number): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    const isEmpty = new Promise<void>((resolve) => this.#emptyWaiters.push(resolve));
    return atMost(this.#clock, ms, isEmpty);
  }
}
