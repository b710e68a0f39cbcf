/**
 * A server that turns hostile: a relay before an honest one. In the mood `honest` it passes everything on. In `broken` what it
 * adds is never a frame of the protocol, and what it passes on is true, so that nothing may be lost by it. In `lying` it also
 * sends well-formed frames that are not true: then nobody can promise more than to survive it.
 */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CLOSE_CODES, closeSuspectsFrame, decodeServerFrame, SUBPROTOCOL } from '@holdline/protocol';
import type { SeededRandom } from '@holdline/testkit';
import { WebSocket, WebSocketServer } from 'ws';
import { goldenFrames } from '../decoders/golden.ts';
import { FrameMutator } from '../decoders/mutator.ts';
import { frameBytes } from '../server/raw-socket.ts';

export type Mood = 'honest' | 'broken' | 'lying';

/** What one client did while it was watched. */
export interface Watch {
  attempts: number;
  /** Frames that it sent without being asked: all but pongs. */
  frames: number;
}

/** Codes with which a connection may be closed; 1005 and 1006 cannot be sent. */
const CODES = Object.values(CLOSE_CODES)
  .map(({ code }) => code)
  .filter((code) => code !== 1005 && code !== 1006);
/** Those after which a client suspects its own messages are for liars only: three of them end a message. */
const FAIR_CODES = [...CODES.filter((code) => !closeSuspectsFrame(code)), 3000, 4000, 4599, 4999];
const MAX_TRIES = 40;

export class HostileServer {
  mood: Mood = 'honest';
  readonly watches = new Map<number, Watch>();
  readonly #sockets: WebSocketServer;
  readonly #upstream: string;
  readonly #random: SeededRandom;
  #mutator: FrameMutator;

  private constructor(upstream: string, random: SeededRandom, sockets: WebSocketServer) {
    this.#upstream = upstream;
    this.#random = random;
    this.#sockets = sockets;
    this.#mutator = new FrameMutator(random, goldenFrames('server'));
    sockets.on('connection', (socket, request) => this.#accept(socket, request));
  }

  static async open(upstream: string, random: SeededRandom): Promise<HostileServer> {
    const refusal = { isRefusing: () => false };
    const sockets = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: () => SUBPROTOCOL,
      verifyClient: (_info, done) => (refusal.isRefusing() ? done(false, 503) : done(true)),
    });
    await new Promise((resolve) => sockets.once('listening', resolve));
    const hostile = new HostileServer(upstream, random, sockets);
    refusal.isRefusing = () => hostile.mood !== 'honest' && random.below(8) === 0;
    return hostile;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#sockets.address() as AddressInfo).port}`;
  }

  /** Changes its mind, cuts everybody and counts anew. `room` is the one that made-up frames speak of. */
  turn(mood: Mood, room: string): void {
    this.mood = mood;
    this.watches.clear();
    this.#mutator = new FrameMutator(
      this.#random,
      goldenFrames('server').map((text) => text.replaceAll('chat:lobby', room)),
    );
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await new Promise((resolve) => this.#sockets.close(resolve));
  }

  #accept(socket: WebSocket, request: IncomingMessage): void {
    const index = Number(new URL(request.url ?? '/', this.url).searchParams.get('client'));
    const watch = this.watches.get(index) ?? { attempts: 0, frames: 0 };
    this.watches.set(index, watch);
    watch.attempts += 1;
    socket.on('error', () => socket.terminate());
    socket.on('message', (data: Buffer) => {
      if (!data.includes('"pong"')) watch.frames += 1;
    });
    if (this.mood === 'honest') return this.#relay(socket, (text) => [text]);
    const { random, slam, mute, garble, damage } = this.#ways(socket, request);
    [slam, mute, garble, damage, () => this.#mislead(socket), () => this.#mislead(socket)][random.below(6)]?.();
  }

  #ways(
    socket: WebSocket,
    request: IncomingMessage,
  ): {
    random: SeededRandom;
    slam(): void;
    mute(): void;
    garble(): void;
    damage(): void;
  } {
    const random = this.#random;
    return {
      random,
      slam: () => socket.close(random.pick(this.mood === 'lying' ? CODES : FAIR_CODES), 'x'.repeat(random.below(124))),
      // Nothing at all: it is for the client to lose patience.
      mute: () => undefined,
      garble: () => {
        for (let frames = random.below(60); frames > 0; frames -= 1) this.#send(socket, this.#nonsense());
        this.#cutSoon(socket);
      },
      // Bytes that are no WebSocket frame, below the socket that would refuse to send them.
      damage: () => {
        request.socket.write(random.pick(damages()));
        this.#cutSoon(socket);
      },
    };
  }

  /** True answers with nonsense between them, until it is cut. */
  #mislead(socket: WebSocket): void {
    const random = this.#random;
    this.#relay(socket, (text) => {
      const before = Array.from({ length: random.below(4) }, () => this.#nonsense(text));
      if (random.below(10) === 0) for (let pings = 0; pings < 200; pings += 1) socket.ping();
      if (random.below(10) === 0) before.push(...Array.from({ length: 50 }, () => '{"type":"ping"}'));
      return [...before, text];
    });
    this.#cutSoon(socket);
  }

  /** Made up, or made of a true frame. Where it must not lie, only what no client can take for a frame. */
  #nonsense(text?: string): string {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const frame =
        text === undefined || this.#random.below(3) === 0 ? this.#mutator.next() : this.#mutator.mutate(text);
      if (this.mood === 'lying' || !decodeServerFrame(frame).ok) return frame;
    }
    return 'nonsense';
  }

  #relay(socket: WebSocket, pass: (text: string) => readonly string[]): void {
    const upstream = new WebSocket(this.#upstream, SUBPROTOCOL);
    const early: string[] = [];
    socket.on('message', (data: Buffer) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data.toString());
      else early.push(data.toString());
    });
    upstream.on('open', () => early.splice(0).forEach((text) => upstream.send(text)));
    upstream.on('message', (data: Buffer) => {
      for (const text of pass(data.toString())) this.#send(socket, text);
    });
    upstream.on('error', () => upstream.terminate());
    upstream.on('close', () => socket.terminate());
    socket.on('close', () => upstream.terminate());
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(text, { binary: this.#random.below(200) === 0 && this.mood !== 'honest' });
  }

  #cutSoon(socket: WebSocket): void {
    const timer = setTimeout(() => socket.terminate(), this.#random.below(300));
    socket.once('close', () => clearTimeout(timer));
  }
}

const damages = (): readonly Buffer[] => [
  frameBytes({ payload: 'x', isMasked: true }),
  frameBytes({ payload: 'x', isMasked: false, reserved: 3 }),
  frameBytes({ payload: 'x', isMasked: false, opcode: 5 }),
  frameBytes({ payload: 'x', isMasked: false, claims: 1n << 62n }),
  frameBytes({ payload: Buffer.from([0xff, 0xfe]), isMasked: false }),
  frameBytes({ payload: 'x'.repeat(126), isMasked: false, opcode: 9 }),
  frameBytes({ payload: 'x', isMasked: false, opcode: 8 }),
  Buffer.alloc(64, 0x55),
];
