// A client of Centrifugo's JSON protocol: commands and replies, one a line, several in a frame. A member stands at an offset in an epoch of
// its channel, and asks for what came after it.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';

const CONNECT_ID = 1;
const SUBSCRIBE_ID = 2;
/** Publishes are numbered from here. */
const FIRST_PUBLISH_ID = 3;

interface Position {
  readonly epoch: string;
  readonly offset: number;
}

interface Publication {
  readonly offset?: number;
}

interface Reply {
  readonly id?: number;
  readonly error?: { readonly code: number; readonly message: string };
  readonly connect?: object;
  readonly publish?: object;
  readonly subscribe?: {
    readonly epoch?: string;
    readonly offset?: number;
    readonly recovered?: boolean;
    readonly publications?: readonly Publication[];
  };
  readonly push?: { readonly pub?: Publication; readonly disconnect?: object };
}

export const CENTRIFUGO_PROTOCOL: ClientProtocol = {
  acks: 'always',
  upgrade: () => ({ path: '/connection/websocket' }),
  session: (spec, line) => new CentrifugoSession(spec, line),
};

class CentrifugoSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  #epoch = '';
  #offset = 0;

  constructor(spec: ClientSpec, line: ClientLine) {
    this.#spec = spec;
    this.#line = line;
  }

  opened(): void {
    this.#say({ id: CONNECT_ID, connect: {} });
  }

  received(frame: Buffer): void {
    // Payloads are read from the bytes, as for every peer; the lines around them are parsed, since an offset stands in each.
    this.#line.deliverAll(frame);
    for (const text of frame.toString('latin1').split('\n')) if (text !== '') this.#reply(text);
  }

  publish(payload: string, n: number): void {
    this.#say({ id: FIRST_PUBLISH_ID + n, publish: { channel: this.#spec.room, data: payload } });
  }

  cursor(): Position | undefined {
    return this.#epoch === '' ? undefined : { epoch: this.#epoch, offset: this.#offset };
  }

  #reply(text: string): void {
    // A ping, answered in kind.
    if (text === '{}') return this.#line.sendText(text);
    const { error, connect, publish, subscribe, push } = JSON.parse(text) as Reply;
    if (error !== undefined || push?.disconnect !== undefined) this.#line.fault(text);
    else if (push?.pub !== undefined) this.#offset = push.pub.offset ?? this.#offset;
    else if (publish !== undefined) this.#line.acked(1);
    else if (subscribe !== undefined) this.#subscribed(subscribe);
    else if (connect !== undefined && this.#spec.role === 'publisher') this.#line.ready();
    else if (connect !== undefined) this.#subscribe();
  }

  #subscribe(): void {
    const position = this.#spec.resume as Position | undefined;
    const from = position === undefined ? {} : { recover: true, ...position };
    this.#say({ id: SUBSCRIBE_ID, subscribe: { channel: this.#spec.room, ...from } });
  }

  #subscribed({ epoch = '', offset = 0, recovered = false, publications = [] }: NonNullable<Reply['subscribe']>): void {
    this.#epoch = epoch;
    this.#offset = publications.at(-1)?.offset ?? offset;
    if (this.#spec.resume !== undefined) this.#line.resumed(recovered);
    this.#line.ready();
  }

  #say(command: object): void {
    this.#line.sendText(JSON.stringify(command));
  }
}
