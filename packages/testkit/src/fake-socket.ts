// Sockets with hands on the wire. Frames wait on both sides until the test (or a FakeServer) moves them, and can
// be dropped, doubled or lost with the connection. FakeNetwork.WebSocket goes where a WebSocket class is asked for.

import type { ClientFrame, ServerFrame } from '@holdline/protocol';

type Handler = ((event: never) => void) | null;

export interface WireEntry {
  readonly from: 'client' | 'server';
  readonly frame: ClientFrame | ServerFrame;
}

export class FakeSocket {
  readonly url: string;
  readonly protocol: string;
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  /** Sent by the client, not yet seen by the server. */
  readonly toServer: ClientFrame[] = [];
  /** Sent by the server, not yet seen by the client. */
  readonly toClient: (ServerFrame | string)[] = [];
  /** Everything that arrived, in order. */
  readonly log: WireEntry[] = [];
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  closedWith: number | null = null;

  constructor(url: string, protocol: string) {
    this.url = url;
    this.protocol = protocol;
  }

  send(text: string): void {
    if (this.state === 'connecting') throw new Error('the socket is not open');
    if (this.state === 'open') this.toServer.push(JSON.parse(text) as ClientFrame);
  }

  /** As in a browser, no event follows at once. */
  close(code?: number): void {
    this.state = 'closed';
    this.closedWith = code ?? 1005;
  }

  accept(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.onopen?.({} as never);
  }

  /** The network or the server ends it; what was under way is lost. */
  cut(code = 1006): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.toServer.length = 0;
    this.toClient.length = 0;
    this.onclose?.({ code } as never);
  }

  /** A close event that comes after the client has given the socket up. */
  closeLate(code = 1006): void {
    this.onclose?.({ code } as never);
  }

  /** Moves one frame to the client; false when none waits. */
  deliver(): boolean {
    const frame = this.toClient.shift();
    if (frame === undefined || this.state !== 'open') return false;
    if (typeof frame !== 'string') this.log.push({ from: 'server', frame });
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) } as never);
    return true;
  }

  /** Takes one frame from the client, as its server does; undefined when none waits. */
  take(): ClientFrame | undefined {
    const frame = this.toServer.shift();
    if (frame !== undefined) this.log.push({ from: 'client', frame });
    return frame;
  }

  /** What arrived at the server, of one type. */
  received<T extends ClientFrame['type']>(type: T): Extract<ClientFrame, { type: T }>[] {
    const frames = this.log.flatMap((entry) => (entry.from === 'client' ? [entry.frame as ClientFrame] : []));
    return frames.filter((frame): frame is Extract<ClientFrame, { type: T }> => frame.type === type);
  }
}

export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  /** Called for each new socket. */
  onSocket: ((socket: FakeSocket) => void) | null = null;

  readonly WebSocket = ((network: FakeNetwork) =>
    class extends FakeSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        network.sockets.push(this);
        network.onSocket?.(this);
      }
    })(this);

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nothing was dialled');
    return socket;
  }
}
