/** What the user writes (`ClientOptions`) and what the code reads (`ResolvedOptions`), joined here once. */
import { HoldlineError } from './errors.ts';
import type { OutboxStore } from './outbox/outbox-store.ts';

/** The part of the WebSocket class that the SDK uses: the one of browsers and Node 22, or that of `ws`. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketClass = new (url: string, protocols: string) => WebSocketLike;

export interface BackoffOptions {
  /** The first wait is a random time up to this; each further one up to twice the one before. @defaultValue 500 */
  readonly minMs?: number;
  /** No wait is longer than this. @defaultValue 20_000 */
  readonly maxMs?: number;
  /** A connection that lasts this long ends the row of failures. @defaultValue 10_000 */
  readonly stableAfterMs?: number;
}

export interface OutboxLimits {
  /** Messages without a final answer; at the bound `publish` rejects with `outbox_full`. @defaultValue 1000 */
  readonly maxItems?: number;
  /** Their bytes as JSON; at the bound `publish` rejects with `outbox_full`. @defaultValue 8_388_608 */
  readonly maxBytes?: number;
}

export interface ClientOptions {
  /** `ws:` or `wss:`. A list is gone through on failure; a function is called before each attempt. */
  readonly url: string | readonly string[] | (() => string);
  /**
   * Who publishes. In open mode the server takes it as the name; where tokens say who it is, it must be
   * the same name, else the client fails with `user_changed`. Give it wherever it is known: without it, what is
   * published before the first connection of a page cannot be told apart from another user's after a reload, and stays unsent.
   */
  readonly user?: string;
  /** A token, or a function that fetches one: called for each attempt, and before the token ends. */
  readonly auth?: string | (() => string | Promise<string>);
  /** `auto`: IndexedDB, else memory with the event `storage-degraded`. @defaultValue 'auto' */
  readonly storage?: 'auto' | 'memory' | OutboxStore;
  /**
   * Names the server in the outbox: only clients with the same scope share unsent messages.
   * @defaultValue the URL, or the list of URLs as it is written, or the empty text for a function
   */
  readonly scope?: string;
  /** @defaultValue the global one */
  readonly WebSocket?: WebSocketClass;
  /** Opening, token and welcome together. @defaultValue 10_000 */
  readonly connectTimeoutMs?: number;
  readonly backoff?: BackoffOptions;
  readonly outbox?: OutboxLimits;
}

/** `WebSocket` is looked up late: where a page is rendered on a server there may be none. */
export interface ResolvedOptions
  extends Omit<ClientOptions, 'url' | 'backoff' | 'outbox'>, Required<BackoffOptions & OutboxLimits> {
  /** The URL for the next attempt. */
  readonly url: () => string;
  readonly scope: string;
  readonly connectTimeoutMs: number;
}

/** Fills in the defaults. @throws HoldlineError `bad_options`, with the name of the option in its text */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const { url, connectTimeoutMs = 10_000, backoff, outbox } = options;
  const urls = [url].flat();
  const isDynamic = typeof url === 'function';
  let attempts = 0;
  const numbers: Record<string, number> = {
    connectTimeoutMs,
    minMs: 500,
    maxMs: 20_000,
    stableAfterMs: 10_000,
    maxItems: 1_000,
    maxBytes: 8_388_608,
    ...backoff,
    ...outbox,
    url: urls.every((each) => isDynamic || /^wss?:/.test(each as string)) ? urls.length : 0,
  };
  for (const message in numbers) {
    const value = numbers[message] as number;
    if (!(value > 0 && value < Infinity)) throw new HoldlineError('bad_options', { message });
  }
  return {
    scope: isDynamic ? '' : urls.join(),
    ...options,
    ...numbers,
    url: () => (isDynamic ? url() : urls[attempts++ % urls.length]),
  } as ResolvedOptions;
}
