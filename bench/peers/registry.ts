// All peers, in the order of the tables.

import { CENTRIFUGO } from './centrifugo/peer.ts';
import { CLASSIC } from './classic/peer.ts';
import { HOLDLINE } from './holdline/peer.ts';
import { MOSQUITTO_QOS0, MOSQUITTO_QOS1 } from './mosquitto/peer.ts';
import { JETSTREAM, NATS } from './nats/peer.ts';
import { NCHAN } from './nchan/peer.ts';
import type { Peer } from './peer.ts';
import { RABBITMQ } from './rabbitmq/peer.ts';
import { SOCKET_IO, SOCKET_IO_STREAMS } from './socket-io/peer.ts';

export const PEERS: readonly Peer[] = [
  HOLDLINE,
  CLASSIC,
  SOCKET_IO,
  SOCKET_IO_STREAMS,
  NCHAN,
  NATS,
  JETSTREAM,
  MOSQUITTO_QOS0,
  MOSQUITTO_QOS1,
  RABBITMQ,
  CENTRIFUGO,
];
