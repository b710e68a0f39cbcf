/** The page's end of a connection: a WebSocket as in browsers, as far as the SDK uses it. */
import type { WebSocketLike } from '@holdline/client';
import type { Link } from './link.ts';

export class PageSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  link: Link | null = null;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';

  send(text: string): void {
    if (this.#state === 'connecting') throw new Error('InvalidStateError: still connecting');
    if (this.#state === 'open') this.link?.up(text);
  }

  sendIfOpen(text: string): void {
    if (this.#state === 'open') this.send(text);
  }

  close(code = 1005): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#state = 'closing';
    this.link?.closedByPage(code);
  }

  opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.onopen?.({} as never);
  }

  received(text: string): void {
    if (this.#state === 'open') this.onmessage?.({ data: text } as never);
  }

  ended(code: number): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    if (code === 1006) this.onerror?.({} as never);
    this.onclose?.({ code, reason: '', wasClean: code !== 1006 } as never);
  }
}
