/** What the server needs of Redis, or of the embedded engine that stands in for it. */
import type { LiveFeed } from './feed/live-feed.ts';
import type { MessageLog } from './log/message-log.ts';

export interface EngineHealth {
  readonly status: 'starting' | 'ok' | 'degraded';
  /** Sentences for the operator: what is wrong, or will be. No user content. */
  readonly findings: readonly string[];
}

export interface Engine {
  readonly name: 'redis' | 'embedded';
  readonly log: MessageLog;
  readonly feed: LiveFeed;
  /** Connects and checks (eviction policy, version, persistence, other instances). Rejects when it must not serve. */
  start(): Promise<void>;
  /** The clock of the log in ms since 1970, as last heard. */
  now(): number;
  health(): EngineHealth;
  /** Called on every change of `health().status`. Returns its own undo. */
  onHealth(listener: (health: EngineHealth) => void): () => void;
  close(): Promise<void>;
}
