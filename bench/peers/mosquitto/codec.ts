// MQTT 3.1.1, what this bench needs of it: packets of a type, a length and a body.

import type { EndOf } from '../../clients/stream-cutter.ts';

/** The upper half of a packet's first byte. */
export const PACKETS = { connack: 2, publish: 3, puback: 4, suback: 9, pingresp: 13 } as const;

export type QoS = 0 | 1;

const CONNECT = 0x10;
const PUBLISH = 0x30;
const PUBACK = 0x40;
/** The flags that the standard asks for are in the lower half. */
const SUBSCRIBE = 0x82;
const PINGREQ = 0xc0;
const CLEAN_SESSION = 0x02;
const PROTOCOL_LEVEL = 4;
const MAX_LENGTH_BYTES = 4;

export const typeOf = (bytes: Buffer, at: number): number => bytes[at]! >> 4;
const qosOf = (bytes: Buffer, at: number): number => (bytes[at]! >> 1) & 3;

export const endOfPacket: EndOf = (bytes, at) => {
  let [length, unit] = [0, 1];
  for (let i = at + 1; i <= at + MAX_LENGTH_BYTES; i++) {
    const byte = bytes[i];
    if (byte === undefined) return 0;
    length += (byte & 0x7f) * unit;
    if (byte < 0x80) return i + 1 + length;
    unit *= 128;
  }
  throw new Error('a packet whose length has no end');
};

/** Where the body of a packet begins. */
export function bodyAt(bytes: Buffer, at: number): number {
  let i = at + 1;
  while (bytes[i]! >= 0x80) i += 1;
  return i + 1;
}

/** Where the payload of a PUBLISH begins: behind the topic and, where there is one, the packet's ID. */
export function payloadOf(bytes: Buffer, at: number): number {
  const body = bodyAt(bytes, at);
  return body + 2 + bytes.readUInt16BE(body) + (qosOf(bytes, at) > 0 ? 2 : 0);
}

/** The ID of a PUBLISH that is to be acknowledged; 0 when it is not. */
export const packetIdOf = (bytes: Buffer, at: number): number =>
  qosOf(bytes, at) === 0 ? 0 : bytes.readUInt16BE(payloadOf(bytes, at) - 2);

const text = (value: string): Buffer => {
  const bytes = Buffer.from(`..${value}`);
  bytes.writeUInt16BE(bytes.length - 2, 0);
  return bytes;
};

const number = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

function packet(head: number, ...parts: readonly Buffer[]): Buffer {
  const lengths: number[] = [];
  let rest = parts.reduce((sum, part) => sum + part.length, 0);
  do {
    lengths.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([head, ...lengths]), ...parts]);
}

export interface ConnectOptions {
  readonly clientId: string;
  /** False: the broker keeps the subscriptions, and what is sent to them, while the client is away. */
  readonly isClean: boolean;
  readonly keepAliveSeconds: number;
}

export const connectPacket = ({ clientId, isClean, keepAliveSeconds }: ConnectOptions): Buffer =>
  packet(
    CONNECT,
    text('MQTT'),
    Buffer.from([PROTOCOL_LEVEL, isClean ? CLEAN_SESSION : 0]),
    number(keepAliveSeconds),
    text(clientId),
  );

export const subscribePacket = (topic: string, qos: QoS): Buffer =>
  packet(SUBSCRIBE, number(1), text(topic), Buffer.from([qos]));

/** Everything of a client's publishes but the payload and the ID is always the same. */
export function createPublisher(topic: string, qos: QoS): (payload: string, packetId: number) => Buffer {
  const topicBytes = text(topic);
  return (payload, packetId) =>
    packet(PUBLISH | (qos << 1), topicBytes, ...(qos === 0 ? [] : [number(packetId)]), Buffer.from(payload, 'latin1'));
}

export const pubackPacket = (packetId: number): Buffer => Buffer.from([PUBACK, 2, packetId >> 8, packetId & 0xff]);

export const PING_PACKET: Buffer = Buffer.from([PINGREQ, 0]);
