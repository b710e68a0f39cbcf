// All peers, in the order of the tables.

import { CLASSIC } from './classic/peer.ts';
import { HOLDLINE } from './holdline/peer.ts';
import type { Peer } from './peer.ts';

export const PEERS: readonly Peer[] = [HOLDLINE, CLASSIC];
