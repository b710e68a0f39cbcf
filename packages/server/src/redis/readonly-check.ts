/**
 * beside Hop 5/8 – when to leave a connection whose Redis has become a replica: another connection, through the
 * same name, address or proxy, may find the new primary. The first refusal leaves at once; where the next
 * connection leads to a replica again, the wait before leaving that one doubles up to 8 s, because reads still
 * work meanwhile.
 */
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 8000;
/** Writes are tried every second while they are refused: so long without a refusal, and they are taken again. */
const OVER_AFTER_MS = 5000;

/** @returns for `reconnectOnError` of the client: 1 reconnects, without sending the command again */
export function createReadonlyCheck(nowMs: () => number = () => performance.now()): (error: Error) => 1 | false {
  let waitMs = FIRST_WAIT_MS;
  let leftAt = -Infinity;
  let refusedAt = -Infinity;
  return (error) => {
    if (!error.message.includes('READONLY')) return false;
    const now = nowMs();
    const isFirst = now - refusedAt > OVER_AFTER_MS;
    refusedAt = now;
    if (isFirst) waitMs = FIRST_WAIT_MS;
    else if (now - leftAt < waitMs) return false;
    else waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
    leftAt = now;
    return 1;
  };
}
