// Clients of JetStream. A publisher names a subject for each answer, which says at which place of the stream the message is stored. A member
// has a consumer as the libraries' ordered consumers are: in memory, without acknowledgements, with flow control and
// heartbeats, made again behind the last message when a delivery was lost, and on the next connection when this one is cut.

import { randomBytes } from 'node:crypto';
import type { ClientLine, ClientSpec } from '../../clients/client-protocol.ts';
import type { NatsRole } from './nats-role.ts';
import {
  natsPublish,
  natsSubscribe,
  natsUnsubscribe,
  payloadAt,
  readMessage,
  readPlace,
  STREAM,
  subjectOf,
  type NatsMessage,
  type StreamPlace,
} from './codec.ts';

const LINE_FEED = 0x0a;
/** The second letter of `{"stream":…`, which a stored message is answered with. */
const STORED = 's'.charCodeAt(0);
const STORED_AT = '{"'.length;
const SUBJECT_AT = 'MSG '.length;
/** The first letter of every room's subject. */
const ROOM = 'r'.charCodeAt(0);
const API_SID = 1;
const HEARTBEAT_NS = 5e9;

export class JetStreamPublisher implements NatsRole {
  readonly #line: ClientLine;
  readonly #subject: string;
  readonly #inbox: string;

  constructor({ room }: ClientSpec, line: ClientLine) {
    this.#line = line;
    this.#subject = subjectOf(room);
    this.#inbox = ownInbox();
  }

  greeting(): string {
    return natsSubscribe(`${this.#inbox}.*`, API_SID);
  }

  greeted(): void {
    this.#line.ready();
  }

  message(bytes: Buffer, at: number, end: number, isPlain: boolean): void {
    const body = bytes.indexOf(LINE_FEED, at) + 1;
    if (isPlain && bytes[body + STORED_AT] === STORED) this.#line.acked(1);
    else this.#line.fault(bytes.toString('latin1', at, end));
  }

  publish(payload: string, n: number): void {
    this.#line.sendText(natsPublish(this.#subject, payload, `${this.#inbox}.${n}`));
  }
}

interface ConsumerCreated {
  readonly delivered?: { readonly stream_seq: number };
  readonly error?: { readonly description: string };
}

export class JetStreamMember implements NatsRole {
  readonly #line: ClientLine;
  readonly #spec: ClientSpec;
  readonly #subject: string;
  readonly #inbox: string;
  readonly #place: StreamPlace = { streamSequence: 0, consumerSequence: 0 };
  /** Consumers so far. Each delivers to a subject of its own, so that what is left of an earlier one is told apart. */
  #consumers = 0;
  #lastStream: number | undefined;
  #lastConsumer = 0;
  #isReady = false;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
    this.#subject = subjectOf(spec.room);
    this.#inbox = ownInbox();
    if (typeof spec.resume === 'number') this.#lastStream = spec.resume;
  }

  greeting(): string {
    return natsSubscribe(`${this.#inbox}.api`, API_SID) + this.#consume();
  }

  greeted(): void {
    // Ready is when the consumer is.
  }

  message(bytes: Buffer, at: number, end: number, isPlain: boolean): void {
    if (!isPlain) this.#status(readMessage(bytes, at, end));
    else if (bytes[at + SUBJECT_AT] === ROOM) this.#deliver(bytes, at, end);
    else this.#created(readMessage(bytes, at, end));
  }

  publish(): void {
    throw new Error('a member does not publish');
  }

  cursor(): number | undefined {
    return this.#lastStream;
  }

  get #sid(): number {
    return API_SID + this.#consumers;
  }

  #consume(): string {
    this.#consumers += 1;
    this.#lastConsumer = 0;
    const deliverTo = `${this.#inbox}.d${this.#consumers}`;
    const from =
      this.#lastStream === undefined
        ? { deliver_policy: 'new' }
        : { deliver_policy: 'by_start_sequence', opt_start_seq: this.#lastStream + 1 };
    const config = {
      ...from,
      deliver_subject: deliverTo,
      filter_subject: this.#subject,
      ack_policy: 'none',
      max_deliver: 1,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_NS,
      num_replicas: 1,
      mem_storage: true,
    };
    const request = JSON.stringify({ stream_name: STREAM, config });
    const create = natsPublish(`$JS.API.CONSUMER.CREATE.${STREAM}`, request, `${this.#inbox}.api`);
    return natsSubscribe(deliverTo, this.#sid) + create;
  }

  #deliver(bytes: Buffer, at: number, end: number): void {
    if (this.#consumers > 1 && !this.#isOfThisConsumer(bytes, at)) return;
    readPlace(bytes, at, this.#place);
    const { streamSequence, consumerSequence } = this.#place;
    if (consumerSequence !== this.#lastConsumer + 1) return this.#again();
    this.#lastConsumer = consumerSequence;
    this.#lastStream = streamSequence;
    if (!this.#line.deliver(bytes, payloadAt(end, this.#spec.payloadBytes)))
      this.#line.fault('a message of another shape');
  }

  #isOfThisConsumer(bytes: Buffer, at: number): boolean {
    const from = at + SUBJECT_AT + this.#subject.length + 1;
    const sid = `${this.#sid} `;
    return bytes.toString('latin1', from, from + sid.length) === sid;
  }

  #created({ body }: NatsMessage): void {
    const { error, delivered } = JSON.parse(body) as ConsumerCreated;
    if (error !== undefined) return this.#line.fault(error.description);
    this.#lastStream ??= delivered?.stream_seq;
    // Not by the count of consumers: what it delivers may overtake this answer, and with that be found to lack something.
    if (!this.#isReady) this.#line.ready();
    this.#isReady = true;
  }

  /** Heartbeats and flow control: answered where an answer is asked for, and compared with what has come. */
  #status({ reply, headers }: NatsMessage): void {
    if (!headers.startsWith('NATS/1.0 100')) return this.#line.fault(headers);
    const answer = reply ?? headerOf(headers, 'Nats-Consumer-Stalled');
    if (answer !== undefined) this.#line.sendText(natsPublish(answer, ''));
    const last = headerOf(headers, 'Nats-Last-Consumer');
    if (last !== undefined && Number(last) > this.#lastConsumer) this.#again();
  }

  #again(): void {
    this.#line.sendText(natsUnsubscribe(this.#sid) + this.#consume());
  }
}

/** Of one connection alone: the consumer of one that was cut goes on as soon as somebody listens to its subject again. */
const ownInbox = (): string => `_INBOX.${randomBytes(8).toString('hex')}`;

const headerOf = (headers: string, name: string): string | undefined =>
  new RegExp(`^${name}: (\\S+)`, 'm').exec(headers)?.[1];
