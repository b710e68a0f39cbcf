/**
 * Hop 2/8: what a look at the clock means for the link. Pure. Both sides send something at least every
 * `heartbeatMs`; twice that without a frame is a dead link, whatever the browser says. A page that has slept
 * longer than that finds its link dead, too, and connects anew. Serves G7.5.
 */

/**
 * Looks are taken twice in a heartbeat.
 *
 * @param silentMs how long ago the last frame came in
 * @param unsentMs how long ago the last one went out
 * @param deadAfterMs two heartbeats, or less after a question
 */
export function look(
  silentMs: number,
  unsentMs: number,
  deadAfterMs: number,
  heartbeatMs: number,
): 'fine' | 'ping' | 'dead' {
  if (silentMs >= deadAfterMs) return 'dead';
  return unsentMs >= heartbeatMs / 2 ? 'ping' : 'fine';
}
