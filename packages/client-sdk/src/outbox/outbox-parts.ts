/** Hop 1/8: what the outbox needs of its client, what it tells other tabs, and how a message looks outside and on its way. */
import { payloadOf, type ClientFrame } from '@holdline/protocol';
import type { ConnectionState, OutboxItem } from '../api.ts';
import type { HoldlineError } from '../errors.ts';
import type { OutboxLimits } from '../options.ts';
import type { OutboxRecord, OutboxStore } from './outbox-store.ts';
import type { DegradeHooks } from './record-keeper.ts';

export interface OutboxHooks extends DegradeHooks {
  readonly state: ConnectionState;
  readonly connection: {
    send(frame: ClientFrame): void;
    now(): number;
    /** Not once this connection is lost. */
    after(timer: `rest ${string}`, delayMs: number, run: () => void): void;
    readonly maxFrameBytes: number;
  };
  report(error: HoldlineError): void;
}

export interface OutboxSettings extends Required<OutboxLimits> {
  readonly scope: string;
  readonly user?: string;
  readonly store: OutboxStore;
}

/** What clients that share a store tell each other. */
export interface News {
  /** Sent for the tab that published it, and settled. */
  readonly record?: OutboxRecord;
  /** This page may have something to lose, should it go. It holds the lock of this name. */
  readonly producer?: string;
  /** It does not know the others yet. */
  readonly isNew?: boolean;
  readonly isCleared?: boolean;
  readonly scope: string;
  readonly user?: string | null;
}

/** An item as the application sees it. */
export const describe = (record: OutboxRecord, isQueued: boolean): OutboxItem => ({
  ...record.frame,
  data: payloadOf(record.frame),
  state: isQueued ? 'queued' : 'sent',
});
