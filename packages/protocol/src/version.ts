/**
 * The version of the wire protocol.
 *
 * History, one line a version:
 * - 1 (2026-11): hello with joins, cursors, counting stream IDs, batch, gap, withdraw.
 */
export const PROTOCOL_VERSION = 1;

/** The oldest version that this package still reads. */
export const OLDEST_PROTOCOL_VERSION = 1;

/** The WebSocket subprotocol that client and server agree on in the handshake. */
export const SUBPROTOCOL = 'holdline.v1';
