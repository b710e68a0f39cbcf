// A client of RabbitMQ's Web STOMP. A member that will come back has a durable queue of its own name and acknowledges what it has received, once
// for all that came in a turn; any other has a queue that goes with its connection. Publishes are confirmed when the workload asks for it.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import { commandOf, endOfStomp, headerOf, isBlank, payloadAt, stompFrame } from './codec.ts';

const ACK = Buffer.from('\nack');
/** The first letter of MESSAGE; no other command of a server begins with it. */
const MESSAGE = 'M'.charCodeAt(0);
/** A queue that nobody came back to is removed. */
const QUEUE_EXPIRES_MS = 600_000;
const SUBSCRIBED = 'subscribed';
/** Its web server ends a connection that has said nothing for a minute. */
const KEEP_ALIVE_MS = 20_000;

export const STOMP_PROTOCOL: ClientProtocol = {
  acks: 'on-request',
  keepAliveMs: KEEP_ALIVE_MS,
  upgrade: () => ({ path: '/ws', headers: { 'Sec-WebSocket-Protocol': 'v12.stomp' } }),
  session: (spec, line) => new StompSession(spec, line),
};

class StompSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  readonly #destination: string;
  readonly #cutter = new StreamCutter(endOfStomp, (bytes, at, end) => this.#frame(bytes, at, end));
  /** What the newest message that is not yet acknowledged is called. */
  #unacknowledged: string | null = null;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
    this.#destination = `/topic/${spec.room}`;
  }

  opened(): void {
    this.#say('CONNECT', {
      'accept-version': '1.2',
      host: '/',
      login: 'guest',
      passcode: 'guest',
      'heart-beat': '0,0',
    });
  }

  received(frame: Buffer): void {
    this.#cutter.push(frame);
  }

  publish(payload: string, n: number): void {
    const headers = { destination: this.#destination, 'content-length': String(payload.length) };
    const confirmed = this.#spec.isAcknowledged ? { persistent: 'true', receipt: String(n) } : {};
    this.#say('SEND', { ...headers, ...confirmed }, payload);
  }

  /** An end of line between frames says nothing but that somebody is there. */
  keepAlive(): void {
    this.#line.sendText('\n');
  }

  /** The broker knows; it is enough to say that there was an earlier connection. */
  cursor(): unknown {
    return true;
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    if (isBlank(bytes, at)) return;
    if (bytes[at] === MESSAGE) return this.#deliver(bytes, at, end);
    const command = commandOf(bytes, at);
    if (command === 'RECEIPT') this.#received();
    else if (command !== 'CONNECTED') this.#line.fault(bytes.toString('latin1', at, end));
    else if (this.#spec.role === 'publisher') this.#line.ready();
    else this.#subscribe();
  }

  #subscribe(): void {
    const { id, isResumable } = this.#spec;
    const kept = {
      durable: 'true',
      'auto-delete': 'false',
      'x-queue-name': id,
      'x-expires': String(QUEUE_EXPIRES_MS),
      ack: 'client',
    };
    const headers = { id, destination: this.#destination, receipt: SUBSCRIBED };
    this.#say('SUBSCRIBE', isResumable ? { ...headers, ...kept } : headers);
  }

  #received(): void {
    if (this.#spec.role === 'member') this.#line.ready();
    else this.#line.acked(1);
  }

  #deliver(bytes: Buffer, at: number, end: number): void {
    if (!this.#line.deliver(bytes, payloadAt(end, this.#spec.payloadBytes)))
      this.#line.fault('a message of another shape');
    if (!this.#spec.isResumable) return;
    if (this.#unacknowledged === null) setImmediate(() => this.#acknowledge());
    this.#unacknowledged = headerOf(bytes, at, ACK) ?? null;
  }

  #acknowledge(): void {
    if (this.#unacknowledged !== null) this.#say('ACK', { id: this.#unacknowledged });
    this.#unacknowledged = null;
  }

  #say(command: string, headers: Readonly<Record<string, string>>, body = ''): void {
    this.#line.sendText(stompFrame(command, headers, body));
  }
}
