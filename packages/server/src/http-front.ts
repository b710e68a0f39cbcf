/**
 * The HTTP side of a server: its own HTTP server, one of the application, or none. Knows where it
 * listens, and answers there what is no upgrade.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResolvedServerOptions } from './options.ts';

type FrontOptions = Pick<ResolvedServerOptions, 'server' | 'port' | 'host' | 'path'>;

export class HttpFront {
  /** Null where sockets come by `accept` alone. */
  readonly server: Server | null;
  readonly #options: FrontOptions;
  readonly #answerHealth: (request: IncomingMessage, response: ServerResponse) => boolean;

  constructor(options: FrontOptions, answerHealth: (request: IncomingMessage, response: ServerResponse) => boolean) {
    this.#options = options;
    this.#answerHealth = answerHealth;
    const own = (): Server => createServer((request, response) => this.#answer(request, response));
    this.server = options.server ?? (options.port === null ? null : own());
  }

  get address(): AddressInfo | null {
    const address = this.server?.address();
    return typeof address === 'object' ? address : null;
  }

  get port(): number {
    if (this.address === null) throw new Error('the server does not listen');
    return this.address.port;
  }

  get url(): string {
    const { port } = this;
    const host = this.address?.address ?? '';
    // What listens everywhere is dialled on this machine.
    const dialled =
      host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
    return `ws://${dialled}:${port}${this.#options.path}`;
  }

  /** Listens, unless that is the application's business. */
  bind(): Promise<void> {
    const { port, host } = this.#options;
    const http = this.server;
    if (http === null || port === null || !this.#isOwn) return Promise.resolve();
    return new Promise((resolve, reject) => {
      http.once('error', reject);
      http.listen(port, host, () => {
        http.off('error', reject);
        resolve();
      });
    });
  }

  unbind(): Promise<void> {
    const http = this.server;
    if (http === null || !this.#isOwn || !http.listening) return Promise.resolve();
    return new Promise((resolve) => {
      http.close(() => resolve());
      http.closeAllConnections();
    });
  }

  get #isOwn(): boolean {
    return this.#options.server === null;
  }

  /** On our own HTTP server everything that is no upgrade and no question of health is a mistake. */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.#answerHealth(request, response)) return;
    const isOurs = request.url?.split('?', 1)[0] === this.#options.path;
    const headers = { 'Content-Type': 'text/plain', ...(isOurs && { Upgrade: 'websocket', Connection: 'Upgrade' }) };
    response.writeHead(isOurs ? 426 : 404, headers).end(isOurs ? 'this is a WebSocket\n' : 'not found\n');
  }
}
