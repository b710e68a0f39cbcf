/**
 * The times, sizes and counts of the SDK that are no option: what keeps every wait, retry and memory within bounds. In a file
 * of their own, before any code: only there a bundler puts the numbers where they are used. Serves G7.4, G7.5.
 */

// Connection

/** How long the other end may take to answer when there is reason to doubt that it is there. */
export const PROBE_MS = 2_500;
/** The browser says that there is no network; it may be wrong. */
export const OFFLINE_RETRY_MS = 30_000;
/** A token is renewed when this part of its remaining life is over. */
export const RENEW_AT = 0.8;
export const RENEW_PAUSE_MS = 2_000;
/** No server goes lower; without this a wrong number would keep the page busy. */
export const MIN_HEARTBEAT_MS = 50;
/** 23 days. Waits of 25 overflow the timers of browsers and fire at once, as what is no number does. */
export const MAX_DELAY_MS = 2e9;
/** `,"joins":[]` and a little. */
export const JOINS_BYTES = 16;
/** How often a flush looks whether the outbox is empty. */
export const FLUSH_LOOK_MS = 50;

// Outbox

/** What `retry` and `firstSentAt` add to a frame, at most. */
export const RETRY_BYTES = 64;
/** A room in which something was refused for now tries again after half to one and a half of this. */
export const REST_MS = 1_000;
/** Outcomes that nobody fetched, and messages of users who did not come back, are forgotten after this. */
export const KEEP_MS = 14 * 86_400_000;
/** A message that closed the connection this often is given up. */
export const MAX_STRIKES = 3;
/** A store that takes longer is given up, the wait for the lock of this page included. */
export const STORE_DEADLINE_MS = 5_000;

// Rooms

/** A join that was refused for now is tried again after up to the first, and at most up to the second. */
export const REJOIN_MIN_MS = 500;
export const REJOIN_MAX_MS = 20_000;
/** A join names one older place for so many bytes of a frame: four where a server takes no more than 1024, so that it fits. */
export const RECENT_BYTES = 256;
/** Places remembered behind the head: the last 512 messages, and as many again but a few for the gaps and repeats between them. */
export const REMEMBERED = 999;
