/**
 * Hop 1/8: where the outbox keeps what has no final answer yet. A port: IndexedDB in browsers, memory
 * where there is none, or one of your own (a file, SQLite). `outbox-store.contract.ts` is the suite
 * that every implementation passes. Serves G2.2, G2.5, G2.6.
 */

import type { PublishFrame } from '@holdline/protocol';

/** How a message of the outbox ended. */
export interface StoredOutcome {
  /** The code of the error; absent when the message was stored. */
  readonly code?: string | undefined;
  /** What the server said about it. */
  readonly message?: string | undefined;
  /** The stream ID, when stored. */
  readonly id?: string | undefined;
  readonly duplicate?: boolean;
}

/** One message of the outbox as it is kept. Plain data that survives a structured clone and JSON. */
export interface OutboxRecord {
  /** Unique in the store; sorts by producer, then by the order in which the producer published. */
  readonly key: string;
  /** The server that this message is for: see the option `scope`. */
  readonly scope: string;
  /** Who publishes: null is the anonymous user; absent while it is not known yet. */
  readonly user?: string | null | undefined;
  /** The page load that published. A record belongs to whoever holds the lock of this name. */
  readonly producer: string;
  /** As it will travel; `firstSentAt` is absent while it was never sent. */
  readonly frame: PublishFrame;
  /** The clock of this device when it was published, in ms since 1970. Decides on nothing but tidying up. */
  readonly createdAt: number;
  /** How often this message alone was in flight when the connection was closed for a bad frame. */
  readonly strikes?: number;
  /** Set by a tab that sent it for another: that tab may still live and wait for the answer. */
  readonly outcome?: StoredOutcome;
}

export interface OutboxStore {
  /** Every record, in the order of the keys. */
  load(): Promise<OutboxRecord[]>;
  /**
   * Writes records over those with the same keys and removes others by key, all or nothing. Resolves once that
   * survives a crash of the page. Never called again before it has settled.
   */
  write(records: readonly OutboxRecord[], gone: readonly string[]): Promise<void>;
  /**
   * Waits until nobody else who shares this store holds `name`, and holds it until `signal` is aborted. The
   * lock of a page that is gone must come free by itself. Absent: nobody shares this store.
   */
  lock?: ((name: string, signal: AbortSignal) => Promise<void>) | undefined;
  /** Tells the others who share this store; plain data. */
  announce?(news: unknown): void;
  /** Hears what others announce. Returns its undo. */
  onAnnounce?(listener: (news: unknown) => void): () => void;
}
