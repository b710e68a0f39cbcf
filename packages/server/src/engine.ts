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
  /**
   * Connects and checks (eviction policy, version, persistence, other instances). Resolves when the
   * engine serves (`ok`: it reads, hears itself, and one write was taken), or after 5 s without an answer: then the status stays `starting` and it goes
   * on trying, so that a server can listen and report itself not ready.
   *
   * @throws EngineError when it must not serve: Redis is too old, or the instances that run under this
   * prefix would not understand this one. It is closed then.
   */
  start(): Promise<void>;
  /** The clock of the log in ms since 1970, as last heard. */
  now(): number;
  health(): EngineHealth;
  /** Called on every change of `health().status`. Returns its own undo. */
  onHealth(listener: (health: EngineHealth) => void): () => void;
  close(): Promise<void>;
}

/** Why an engine must not serve, in one sentence for the operator. */
export class EngineError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineError';
  }
}
