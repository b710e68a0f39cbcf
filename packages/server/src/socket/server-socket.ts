/**
 * Hop 3/8: what a connection needs of a WebSocket that is open. The class of `ws` fits as it is; another library,
 * or the end of a pipe in the same process, fits behind a few lines.
 */
import { CLOSE_CODES, type CloseName } from '@holdline/protocol';
import type { Clock } from '../clock.ts';
import type { CounterName } from '../metrics.ts';

export interface ServerSocket {
  /** Each message, in the order in which they were sent; a text message as the bytes of its UTF-8. */
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  /** Once, after the last message, however the socket ends. */
  on(event: 'close', listener: () => void): unknown;
  /** A `close` follows. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** `done` is called when the bytes have left the memory of this process, or never will; also after `close`. */
  send(data: Buffer, options: { readonly binary: boolean }, done: (error?: Error | null) => void): void;
  /** Sends a close and waits for the one of the other side. */
  close(code: number, reason: string): void;
  /** Ends the socket without a word. */
  terminate(): void;
  /** Stops handing over messages, so that the network holds the other side back. */
  pause(): void;
  resume(): void;
}

/** Counters that say why connections end. */
export const CLOSE_COUNTERS: Partial<Record<CloseName, CounterName>> = {
  slow_consumer: 'slow_consumers_closed',
  heartbeat_timeout: 'heartbeats_missed',
  token_expired: 'tokens_expired',
};

/** A socket that does not answer our close is cut off after this. */
const CLOSE_PATIENCE_MS = 2000;

/** Closes it, and cuts it off when the other side has gone, or reads nothing, and so will never answer. */
export function closeSocket(socket: ServerSocket, clock: Clock, name: CloseName): void {
  const { code, reason } = CLOSE_CODES[name];
  const patience = clock.setTimeout(() => socket.terminate(), CLOSE_PATIENCE_MS);
  socket.on('close', () => clock.clearTimeout(patience));
  socket.close(code, reason);
}
