/** One connection between a page and a server: two pipes, two ends, and what can go wrong with them. */
import type { ServerSocket } from '@holdline/server';
import type { Host, Network } from './network.ts';
import type { PageSocket } from './page-socket.ts';
import { Pipe, type Pace } from './pipe.ts';
import type { Owner } from './virtual-time.ts';

export interface LinkOptions {
  readonly network: Network;
  readonly id: number;
  readonly page: Owner;
  readonly host: Host;
  readonly hostName: string;
  readonly pace: Pace;
}

export type Direction = 'up' | 'down' | 'both';

export class Link {
  readonly id: number;
  readonly page: Owner;
  readonly host: Host;
  readonly hostName: string;
  readonly #network: Network;
  readonly #socket: PageSocket;
  readonly #server: ServerEnd;
  readonly #up: Pipe;
  readonly #down: Pipe;
  /** Some of what the page said did not arrive as it was said; what it waits for may never come. */
  isGarbled = false;
  #isPageEnded = false;
  /** Frames that are still to be broken on their way up. */
  #garbled = 0;
  #leavesOut = false;

  constructor({ network, id, page, host, hostName, pace }: LinkOptions, socket: PageSocket) {
    this.id = id;
    this.page = page;
    this.host = host;
    this.hostName = hostName;
    this.#network = network;
    this.#socket = socket;
    this.#up = new Pipe(network.time, network.random, pace, host.owner);
    this.#down = new Pipe(network.time, network.random, pace, page);
    this.#server = new ServerEnd(this);
    socket.link = this;
  }

  open(): void {
    this.#up.send(() => {
      this.#down.send(() => this.#socket.opened());
      this.host.accept(this.#server);
    });
  }

  /** From the page to the server. */
  up(frame: string): void {
    // Not a publish: what the server cannot name it cannot hold the next ones back for.
    const isGarbled = this.#garbled > 0 && !frame.startsWith('{"type":"publish"');
    const text = isGarbled ? frame.slice(0, frame.length >> 1) : frame;
    if (isGarbled) this.#garbled -= 1;
    this.#up.send(() => {
      this.#note(1, text);
      this.#network.onTraffic?.(this, 'up', text);
      this.#server.received(text, false);
    });
  }

  /** Bytes that no text message can hold. */
  upBinary(bytes: Buffer): void {
    this.#up.send(() => this.#server.received(bytes, true));
  }

  down(data: Buffer, done: () => void): void {
    const sent = data.toString();
    const { tamper } = this.#network;
    const text = tamper === null ? sent : tamper(this.id, sent);
    if (text === null) return done();
    if (this.#leavesOut && text.startsWith('{"type":"message"')) {
      this.#leavesOut = false;
      return done();
    }
    this.#down.send(() => {
      this.#note(2, text);
      this.#network.onTraffic?.(this, 'down', text);
      done();
      this.#socket.received(text);
    });
  }

  garbleNext(count: number): void {
    this.#garbled = count;
    this.isGarbled ||= count > 0;
  }

  leaveOutNextMessage(): void {
    this.#leavesOut = true;
    this.isGarbled = true;
  }

  closedByPage(code: number): void {
    this.#up.send(() => {
      this.#server.ended();
      this.#down.send(() => this.#endPage(code));
    });
  }

  closedByServer(code: number): void {
    this.#down.send(() => {
      this.#note(3, String(code));
      this.#endPage(code);
      this.#up.send(() => this.#server.ended());
    });
  }

  terminatedByServer(): void {
    this.#network.time.set(() => this.#server.ended(), 0, this.host.owner);
    this.#down.send(() => this.#endPage(1006));
  }

  /** The connection is broken; whoever is not told goes on believing in it. */
  cut(told: 'both' | 'page' | 'server'): void {
    const { time } = this.#network;
    this.#up.break();
    this.#down.break();
    if (told !== 'server') time.set(() => this.#endPage(1006), 1, this.page);
    if (told !== 'page') time.set(() => this.#server.ended(), 1, this.host.owner);
    if (told === 'server') this.#isPageEnded = true;
    this.#forget();
  }

  hold(direction: Direction, reason: string): void {
    if (direction !== 'down') this.#up.hold(reason);
    if (direction !== 'up') this.#down.hold(reason);
  }

  letGo(direction: Direction, reason: string): void {
    if (direction !== 'down') this.#up.letGo(reason);
    if (direction !== 'up') this.#down.letGo(reason);
  }

  serverEnded(): void {
    this.#forget();
  }

  #endPage(code: number): void {
    if (!this.#isPageEnded) this.#socket.ended(code);
    this.#isPageEnded = true;
    this.#forget();
  }

  #forget(): void {
    if (this.#isPageEnded && this.#server.isEnded) this.#network.links.delete(this);
  }

  #note(kind: number, text: string): void {
    const { time } = this.#network;
    time.note(kind, this.id, time.nowMs, text.length, text.charCodeAt(text.length >> 1));
  }
}

type OnMessage = (data: Buffer, isBinary: boolean) => void;

/** The server's end: a socket as the server takes it. */
class ServerEnd implements ServerSocket {
  readonly #link: Link;
  #onMessage: OnMessage = () => {};
  readonly #onClose: (() => void)[] = [];
  isEnded = false;
  #isClosing = false;

  constructor(link: Link) {
    this.#link = link;
  }

  on(event: 'message' | 'close' | 'error', listener: (...args: never[]) => void): void {
    if (event === 'message') this.#onMessage = listener as OnMessage;
    if (event === 'close') this.#onClose.push(listener);
  }

  send(data: Buffer, _options: { readonly binary: boolean }, done: () => void): void {
    if (this.#isClosing || this.isEnded) done();
    else this.#link.down(data, done);
  }

  close(code: number): void {
    if (this.#isClosing || this.isEnded) return;
    this.#isClosing = true;
    this.#link.closedByServer(code);
  }

  terminate(): void {
    this.#isClosing = true;
    if (!this.isEnded) this.#link.terminatedByServer();
  }

  pause(): void {
    this.#link.hold('up', 'paused');
  }

  resume(): void {
    this.#link.letGo('up', 'paused');
  }

  received(data: string | Buffer, isBinary: boolean): void {
    if (this.isEnded) return;
    this.#onMessage(typeof data === 'string' ? Buffer.from(data) : data, isBinary);
  }

  ended(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    for (const listener of this.#onClose) listener();
    this.#link.serverEnded();
  }
}
