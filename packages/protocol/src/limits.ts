/** Sizes and counts that both sides enforce. The server's own are options; these are the defaults and the fixed ones. */

/** Bytes of one frame as UTF-8. Larger publishes get a nack; the socket itself dies only beyond twice this. */
export const DEFAULT_MAX_FRAME_BYTES = 65_536;
/** Rooms that one connection may be in at a time. */
export const DEFAULT_MAX_ROOMS = 512;
/** Publishes of one connection that may wait for their answer at a time. */
export const DEFAULT_MAX_IN_FLIGHT = 256;
/** Frames inside one batch frame. */
export const MAX_BATCH_FRAMES = 512;
/** Joins inside one hello frame. */
export const MAX_HELLO_JOINS = 512;
/** Recent cursors that a join may carry, for finding the fork of a rewritten history. */
export const MAX_RECENT_CURSORS = 16;
/** Messages that `since: { last }` may ask for. */
export const MAX_LAST = 10_000;
/** Levels of arrays and objects in a payload. */
export const MAX_DATA_DEPTH = 100;
/** Longest token, in UTF-16 units. */
export const MAX_TOKEN_LENGTH = 16_384;
