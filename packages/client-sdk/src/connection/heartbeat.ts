/**
 * Hop 2/8: what a look at the clock means for the link. Pure. Both sides send something at least every
 * `heartbeatMs`; twice that without a frame is a dead link, whatever the browser says. A page that has slept
 * longer than that finds its link dead, too, and connects anew. Serves G7.5.
 */

/** Looks are taken twice in a heartbeat. */
export const lookEveryMs = (heartbeatMs: number): number => heartbeatMs / 2;

/** Both times: how long ago the last frame came in, or went out. */
export function look(silentMs: number, unsentMs: number, heartbeatMs: number): 'fine' | 'ping' | 'dead' {
  if (silentMs >= 2 * heartbeatMs) return 'dead';
  return unsentMs >= lookEveryMs(heartbeatMs) ? 'ping' : 'fine';
}
