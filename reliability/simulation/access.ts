/** Who may do what, in schedules with tokens: what the hooks of the servers and the `auth` function of the pages answer. */
import type { Identity, ServerOptions } from '@holdline/server';
import { EPOCH_MS } from './globals.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Set and taken back by faults. */
export interface AccessFaults {
  /** The page cannot fetch a token. */
  fetchFails: boolean;
  /** Tokens are not accepted. */
  refuses: boolean;
  /** Whoever logs in is somebody else. */
  changesUser: boolean;
  /** How long the servers take to look at a token, ms. */
  authenticateMs: number;
  /** The hooks of the application throw. */
  throws: boolean;
  /** What nobody may do. */
  readonly forbidden: Set<'join' | 'publish' | 'history'>;
  /** Messages that the application's own check refuses, by their last digit. */
  refusedDigit: string | null;
}

export class Access {
  readonly faults: AccessFaults = {
    fetchFails: false,
    refuses: false,
    changesUser: false,
    authenticateMs: 0,
    throws: false,
    forbidden: new Set(),
    refusedDigit: null,
  };
  readonly #time: VirtualTime;
  readonly #lifeMs: number;

  constructor(time: VirtualTime, lifeMs: number) {
    this.#time = time;
    this.#lifeMs = lifeMs;
  }

  /** A new token of this user. */
  readonly tokenFor = (user: string): string => {
    if (this.faults.fetchFails) throw new Error('no token to be had');
    return `${user} ${EPOCH_MS + this.#time.nowMs + this.#lifeMs}`;
  };

  get hooks(): Partial<ServerOptions> {
    return {
      auth: { authenticate: ({ token }) => this.#after(this.faults.authenticateMs, () => this.#identify(token)) },
      authorize: ({ permission }) => {
        if (this.faults.throws) throw new Error('the application fails');
        return !this.faults.forbidden.has(permission as 'join');
      },
      onMessage: ({ messageId }) => {
        if (this.faults.throws) throw new Error('the application fails');
        return this.faults.refusedDigit === null || !messageId.endsWith(this.faults.refusedDigit);
      },
    };
  }

  /** All is well again. */
  heal(): void {
    this.faults.forbidden.clear();
    Object.assign(this.faults, {
      fetchFails: false,
      refuses: false,
      changesUser: false,
      authenticateMs: 0,
      throws: false,
      refusedDigit: null,
    });
  }

  #identify(token: string | null): Identity | null {
    const [user = '', expiresAt = '0'] = (token ?? '').split(' ');
    if (this.faults.refuses || Number(expiresAt) <= EPOCH_MS + this.#time.nowMs) return null;
    return { user: this.faults.changesUser ? 'mallory' : user, expiresAt: Number(expiresAt) };
  }

  #after<T>(ms: number, answer: () => T): T | Promise<T> {
    if (ms === 0) return answer();
    return new Promise((resolve) => this.#time.set(() => resolve(answer()), ms));
  }
}
