/** For tests of this repository that bring their own network, page life and time. Not published. */
export { createClientWith } from '../client.ts';
export type { NetworkHint, NetworkHints } from '../connection/network-hints.ts';
