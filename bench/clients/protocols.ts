// How clients speak to each peer, by the peer's name. Apart from peers/registry.ts, so that a load process loads no servers.

import { CENTRIFUGO_PROTOCOL } from '../peers/centrifugo/client.ts';
import { CLASSIC_PROTOCOL } from '../peers/classic/client.ts';
import { HOLDLINE_PROTOCOL } from '../peers/holdline/client.ts';
import { MQTT_QOS0_PROTOCOL, MQTT_QOS1_PROTOCOL } from '../peers/mosquitto/client.ts';
import { JETSTREAM_PROTOCOL, NATS_PROTOCOL } from '../peers/nats/client.ts';
import { NCHAN_PROTOCOL } from '../peers/nchan/client.ts';
import { STOMP_PROTOCOL } from '../peers/rabbitmq/client.ts';
import { SOCKET_IO_PROTOCOL } from '../peers/socket-io/client.ts';
import type { ClientProtocol } from './client-protocol.ts';

export const PROTOCOLS: Readonly<Record<string, ClientProtocol>> = {
  holdline: HOLDLINE_PROTOCOL,
  classic: CLASSIC_PROTOCOL,
  socketio: SOCKET_IO_PROTOCOL,
  'socketio-streams': SOCKET_IO_PROTOCOL,
  nchan: NCHAN_PROTOCOL,
  nats: NATS_PROTOCOL,
  jetstream: JETSTREAM_PROTOCOL,
  'mosquitto-qos0': MQTT_QOS0_PROTOCOL,
  'mosquitto-qos1': MQTT_QOS1_PROTOCOL,
  rabbitmq: STOMP_PROTOCOL,
  centrifugo: CENTRIFUGO_PROTOCOL,
};
