// A client of MQTT over WebSocket. With QoS 1 every publish is acknowledged, in both directions, and members have sessions that the
// broker keeps while they are away.

import type { ClientLine, ClientProtocol, ClientSession, ClientSpec } from '../../clients/client-protocol.ts';
import { StreamCutter } from '../../clients/stream-cutter.ts';
import {
  bodyAt,
  connectPacket,
  createPublisher,
  endOfPacket,
  packetIdOf,
  PACKETS,
  payloadOf,
  PING_PACKET,
  pubackPacket,
  subscribePacket,
  typeOf,
  type QoS,
} from './codec.ts';

const KEEP_ALIVE_SECONDS = 60;
const MAX_PACKET_ID = 65_535;
const REFUSED = 0x80;

const upgrade = { path: '/mqtt', headers: { 'Sec-WebSocket-Protocol': 'mqtt' } };

const protocol = (qos: QoS): ClientProtocol => ({
  acks: qos === 0 ? 'never' : 'always',
  keepAliveMs: (KEEP_ALIVE_SECONDS * 1000 * 3) / 4,
  upgrade: () => upgrade,
  session: (spec, line) => new MqttSession(spec, line, qos),
});

export const MQTT_QOS0_PROTOCOL: ClientProtocol = protocol(0);
export const MQTT_QOS1_PROTOCOL: ClientProtocol = protocol(1);

class MqttSession implements ClientSession {
  readonly #spec: ClientSpec;
  readonly #line: ClientLine;
  readonly #qos: QoS;
  readonly #topic: string;
  readonly #publishPacket: (payload: string, packetId: number) => Buffer;
  readonly #cutter = new StreamCutter(endOfPacket, (bytes, at, end) => this.#packet(bytes, at, end));

  constructor(spec: ClientSpec, line: ClientLine, qos: QoS) {
    this.#spec = spec;
    this.#line = line;
    this.#qos = qos;
    this.#topic = `r/${spec.room}`;
    this.#publishPacket = createPublisher(this.#topic, qos);
  }

  opened(): void {
    const isClean = this.#qos === 0 || this.#spec.role === 'publisher';
    this.#line.sendBinary(connectPacket({ clientId: this.#spec.id, isClean, keepAliveSeconds: KEEP_ALIVE_SECONDS }));
  }

  received(frame: Buffer): void {
    this.#cutter.push(frame);
  }

  publish(payload: string, n: number): void {
    // An ID is free again long before all others are used: no more publishes than a small part of them wait at once.
    this.#line.sendBinary(this.#publishPacket(payload, (n % MAX_PACKET_ID) + 1));
  }

  keepAlive(): void {
    this.#line.sendBinary(PING_PACKET);
  }

  /** The broker knows; it is enough to say that there was an earlier connection. */
  cursor(): unknown {
    return this.#qos === 1 ? true : undefined;
  }

  #packet(bytes: Buffer, at: number, end: number): void {
    const type = typeOf(bytes, at);
    if (type === PACKETS.publish) this.#deliver(bytes, at);
    else if (type === PACKETS.puback) this.#line.acked(1);
    else if (type === PACKETS.connack) this.#connected(bytes, bodyAt(bytes, at));
    else if (type === PACKETS.suback) this.#subscribed(bytes[end - 1]!);
    else if (type !== PACKETS.pingresp) this.#line.fault(`a packet of type ${type}`);
  }

  #deliver(bytes: Buffer, at: number): void {
    if (!this.#line.deliver(bytes, payloadOf(bytes, at))) this.#line.fault('a publish of another shape');
    const id = packetIdOf(bytes, at);
    if (id !== 0) this.#line.sendBinary(pubackPacket(id));
  }

  #connected(bytes: Buffer, body: number): void {
    const code = bytes[body + 1]!;
    if (code !== 0) return this.#line.fault(`the connection was refused with code ${code}`);
    const isSessionPresent = (bytes[body]! & 1) === 1;
    if (this.#spec.resume !== undefined) this.#line.resumed(isSessionPresent);
    if (this.#spec.role === 'publisher' || isSessionPresent) this.#line.ready();
    else this.#line.sendBinary(subscribePacket(this.#topic, this.#qos));
  }

  #subscribed(code: number): void {
    if (code === REFUSED) this.#line.fault('the subscription was refused');
    else this.#line.ready();
  }
}
