// What a peer says about the bytes between it and a client. One module per peer (`peers/<name>/client.ts`) implements
// ClientProtocol; the connection itself (TCP, handshake, frames, numbers, times) is LightClient's and costs alike for all peers.

/** A member receives a room; a publisher only sends to one. */
export type Role = 'member' | 'publisher';

export interface ClientSpec {
  readonly role: Role;
  /** The room's name: letters, digits and dashes. */
  readonly room: string;
  /** Unique among all clients of a run; for client IDs, and the prefix of message IDs. */
  readonly id: string;
  /** What `cursor` gave on an earlier connection: go on after it. Undefined: begin with what comes. */
  readonly resume?: unknown;
  /** True when `cursor` will be asked for: remember what it takes. */
  readonly isResumable: boolean;
  /** Publishes are to be acknowledged, by peers that leave the choice. */
  readonly isAcknowledged: boolean;
  /** Every payload of the run is so long. */
  readonly payloadBytes: number;
}

/** What a session may do and must tell. */
export interface ClientLine {
  sendText(text: string): void;
  sendBinary(bytes: Buffer): void;
  /** The membership stands, or the publisher may publish. Once per connection. */
  ready(): void;
  /** A payload begins at `at` in these bytes. True when it did; false changes nothing, so that a session may guess and then search. */
  deliver(bytes: Buffer, at: number): boolean;
  /** Searches the bytes for payloads and delivers each. For frames that may hold several. */
  deliverAll(bytes: Buffer): void;
  /** So many publishes, the oldest first, are accepted. Only where publishes are acknowledged. */
  acked(count: number): void;
  /** The peer says whether this connection goes on where the last one was cut (true) or may have missed something (false). */
  resumed(isWhole: boolean): void;
  /** Something that must not happen in a run: it is counted and its text shown. */
  fault(what: string): void;
}

/** One connection's worth of protocol. Bytes that it is given are valid during the call only. */
export interface ClientSession {
  /** The WebSocket is open. */
  opened(): void;
  received(frame: Buffer, isBinary: boolean): void;
  /** `n` counts the publishes of this client from 0 and goes on over reconnects. */
  publish(payload: string, n: number): void;
  /** Called every `keepAliveMs` of the protocol. */
  keepAlive?(): void;
  /** Where this connection stands, for `resume` of the next. Undefined: nothing to go on from. */
  cursor?(): unknown;
}

export interface Upgrade {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ClientProtocol {
  upgrade(spec: ClientSpec): Upgrade;
  session(spec: ClientSpec, line: ClientLine): ClientSession;
  /** Whether publishes are answered by `line.acked`; `on-request` follows `isAcknowledged` of the spec. */
  readonly acks: 'always' | 'on-request' | 'never';
  /** How often a client has to say something; absent when it never has to. */
  readonly keepAliveMs?: number;
}
