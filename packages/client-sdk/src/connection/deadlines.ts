/** Hop 2/8: the times of a connection that are no option. Serves G7.5. */

/** How long the other end may take to answer when there is reason to doubt that it is there. */
export const PROBE_MS = 2_500;
/** The browser says that there is no network; it may be wrong. */
export const OFFLINE_RETRY_MS = 30_000;
/** A token is renewed when this part of its remaining life is over. */
export const RENEW_AT = 0.8;
export const RENEW_PAUSE_MS = 2_000;
/** No server goes lower; without this a wrong number would keep the page busy. */
export const MIN_HEARTBEAT_MS = 50;
/** Longer waits overflow the timers of browsers and fire at once, as what is no number does. */
export const MAX_DELAY_MS = 0x7fff_ffff;
