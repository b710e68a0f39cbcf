/**
 * A WebSocket that can be cut. The client gets this class instead of the browser's; each one carries a
 * real socket inside and passes everything through, until the drawer cuts the line or blocks it. So
 * what the page then shows is the client's true answer to a true loss: frames under way are gone.
 */
import type { WebSocketClass, WebSocketLike } from '@holdline/client';

export interface Line {
  /** To be given to the client. */
  readonly WebSocket: WebSocketClass;
  /** Loses every open connection without waiting for a closing handshake, as when a cable is pulled. */
  readonly cut: () => void;
  /** Loses every connection, and refuses new ones until it is called with false. */
  readonly block: (isBlocked: boolean) => void;
  readonly isBlocked: boolean;
  /** Calls `listener` after each change of `isBlocked`; returns its own undo. */
  readonly onChange: (listener: () => void) => () => void;
}

/** What a browser reports for a connection that ended without a goodbye. */
const LOST = { code: 1006, reason: '', wasClean: false };

type Handler = ((event: never) => void) | null;

export function createLine(Socket: WebSocketClass = globalThis.WebSocket): Line {
  const live = new Set<BreakableSocket>();
  const listeners = new Set<() => void>();
  let isBlocked = false;

  class BreakableSocket implements WebSocketLike {
    onopen: Handler = null;
    onmessage: Handler = null;
    onclose: Handler = null;
    onerror: Handler = null;
    #inner: WebSocketLike | null = null;
    #isLost = false;

    constructor(url: string, protocols: string) {
      live.add(this);
      // As with a browser's socket, the refusal comes as an event, once the caller has its handlers on.
      if (isBlocked) queueMicrotask(() => this.lose());
      else this.#carry(new Socket(url, protocols));
    }

    send(text: string): void {
      if (!this.#isLost) this.#inner?.send(text);
    }

    close(code?: number, reason?: string): void {
      if (!this.#isLost) this.#inner?.close(code, reason);
    }

    /** The page hears of it at once, and nothing that the real socket still brings gets through. */
    lose(): void {
      if (this.#isLost) return;
      this.#isLost = true;
      live.delete(this);
      this.#inner?.close();
      this.onerror?.({ type: 'error' } as never);
      this.onclose?.({ type: 'close', ...LOST } as never);
    }

    #carry(inner: WebSocketLike): void {
      this.#inner = inner;
      inner.onopen = (event) => this.#isLost || this.onopen?.(event);
      inner.onmessage = (event) => this.#isLost || this.onmessage?.(event);
      inner.onerror = (event) => this.#isLost || this.onerror?.(event);
      inner.onclose = (event) => {
        live.delete(this);
        if (!this.#isLost) this.onclose?.(event);
      };
    }
  }

  const cut = (): void => {
    // A list of its own: a client may dial again at once, and that socket must not be cut as well.
    const doomed = Array.from(live);
    for (const socket of doomed) socket.lose();
  };

  return {
    WebSocket: BreakableSocket,
    cut,
    block(next) {
      if (next === isBlocked) return;
      isBlocked = next;
      if (isBlocked) cut();
      for (const listener of listeners) listener();
    },
    get isBlocked() {
      return isBlocked;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
