// Clients of NATS on its WebSocket listener: the protocol of its TCP port, in binary frames that may end anywhere. Core clients
// subscribe to the subject of their room and publish to it without an answer.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import {
  endOfNats,
  hasHeaders,
  isMessage,
  natsConnect,
  natsPing,
  natsPong,
  natsPublish,
  natsSubscribe,
  payloadAt,
  subjectOf,
} from './codec.ts';
import { JetStreamMember, JetStreamPublisher } from './jetstream-client.ts';
import type { NatsRole } from './nats-role.ts';

export const NATS_PROTOCOL: ClientProtocol = {
  acks: 'never',
  upgrade: () => ({ path: '/' }),
  session: (spec, line) => new NatsSession(spec, line, new CoreRole(spec, line)),
};

export const JETSTREAM_PROTOCOL: ClientProtocol = {
  acks: 'always',
  upgrade: () => ({ path: '/' }),
  session: (spec, line) =>
    new NatsSession(
      spec,
      line,
      spec.role === 'publisher' ? new JetStreamPublisher(spec, line) : new JetStreamMember(spec, line),
    ),
};

class NatsSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  readonly #role: NatsRole;
  readonly #cutter = new StreamCutter(endOfNats, (bytes, at, end) => this.#unit(bytes, at, end));
  #isGreeted = false;

  constructor(spec: ClientSpec, line: ClientLine, role: NatsRole) {
    this.#spec = spec;
    this.#line = line;
    this.#role = role;
  }

  opened(): void {
    this.#say(natsConnect(this.#spec.id) + this.#role.greeting() + natsPing);
  }

  received(frame: Buffer): void {
    this.#cutter.push(frame);
  }

  publish(payload: string, n: number): void {
    this.#role.publish(payload, n);
  }

  cursor(): unknown {
    return this.#role.cursor?.();
  }

  #unit(bytes: Buffer, at: number, end: number): void {
    if (isMessage(bytes, at)) return this.#role.message(bytes, at, end, true);
    if (hasHeaders(bytes, at)) return this.#role.message(bytes, at, end, false);
    const text = bytes.toString('latin1', at, end);
    if (text.startsWith('PING')) this.#say(natsPong);
    else if (text.startsWith('PONG')) this.#greeted();
    else if (!text.startsWith('INFO') && !text.startsWith('+OK')) this.#line.fault(text);
  }

  #greeted(): void {
    if (this.#isGreeted) return;
    this.#isGreeted = true;
    this.#role.greeted();
  }

  #say(text: string): void {
    this.#line.sendText(text);
  }
}

class CoreRole implements NatsRole {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  readonly #subject: string;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
    this.#subject = subjectOf(spec.room);
  }

  greeting(): string {
    return this.#spec.role === 'member' ? natsSubscribe(this.#subject, 1) : '';
  }

  greeted(): void {
    this.#line.ready();
  }

  message(bytes: Buffer, _at: number, end: number): void {
    if (!this.#line.deliver(bytes, payloadAt(end, this.#spec.payloadBytes)))
      this.#line.fault('a message of another shape');
  }

  publish(payload: string): void {
    this.#line.sendText(natsPublish(this.#subject, payload));
  }
}
