import { expect, test } from 'vitest';
import { LineRecorder, testPayload, testSpec } from '../../clients/line-recorder.ts';
import { MQTT_QOS0_PROTOCOL, MQTT_QOS1_PROTOCOL } from './client.ts';
import { createPublisher, pubackPacket, subscribePacket } from './codec.ts';

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const CONNACK_WITH_SESSION = Buffer.from([0x20, 2, 1, 0]);
const SUBACK = Buffer.from([0x90, 3, 0, 1, 1]);
const latin1 = (bytes: Buffer): string => bytes.toString('latin1');

test('a member subscribes, and acknowledges what comes with QoS 1', () => {
  const line = new LineRecorder();
  const session = MQTT_QOS1_PROTOCOL.session(testSpec(), line);

  session.opened();
  session.received(CONNACK, true);
  expect(line.sent.at(-1)).toBe(latin1(subscribePacket('r/lobby', 1)));
  expect(line.readies).toBe(0);
  session.received(Buffer.concat([SUBACK, createPublisher('r/lobby', 1)(testPayload(3), 300)]), true);

  expect(line.readies).toBe(1);
  expect(line.delivered).toEqual([3]);
  expect(line.sent.at(-1)).toBe(latin1(pubackPacket(300)));
});

test('a member that comes back is told whether its session was kept', () => {
  for (const [connack, isWhole] of [
    [CONNACK_WITH_SESSION, true],
    [CONNACK, false],
  ] as const) {
    const line = new LineRecorder();
    const session = MQTT_QOS1_PROTOCOL.session(testSpec({ resume: true }), line);

    session.opened();
    session.received(connack, true);

    expect(line.resumptions).toEqual([isWhole]);
    expect(line.readies).toBe(isWhole ? 1 : 0);
  }
});

test('with QoS 0 nothing is acknowledged and nothing kept', () => {
  const line = new LineRecorder();
  const session = MQTT_QOS0_PROTOCOL.session(testSpec(), line);

  session.opened();
  session.received(Buffer.concat([CONNACK, SUBACK, createPublisher('r/lobby', 0)(testPayload(3), 0)]), true);

  expect(line.delivered).toEqual([3]);
  expect(line.sent).toHaveLength(2);
  expect(session.cursor?.()).toBeUndefined();
});

test('the IDs of publishes go on from 1 when all were used', () => {
  const line = new LineRecorder();
  const session = MQTT_QOS1_PROTOCOL.session(testSpec({ role: 'publisher' }), line);
  const publisher = createPublisher('r/lobby', 1);

  session.publish('a', 65_534);
  session.publish('b', 65_535);

  expect(line.sent).toEqual([latin1(publisher('a', 65_535)), latin1(publisher('b', 1))]);
});

test('a refusal is a fault', () => {
  const line = new LineRecorder();
  const session = MQTT_QOS1_PROTOCOL.session(testSpec(), line);

  session.received(Buffer.from([0x20, 2, 0, 5, 0x90, 3, 0, 1, 0x80]), true);

  expect(line.readies).toBe(0);
  expect(line.faults).toEqual(['the connection was refused with code 5', 'the subscription was refused']);
});
