// What the rooms of a run keep: little enough that whole reads are cheap, and one room so little that who is away for a
// while misses something.

export const SMALL_ROOM = 'small';
export const RETENTION_AGE_MS = 86_400_000;
const SMALL_COUNT = 300;
const COUNT = 5000;

export const retentionOf = (room: string): number => (room === SMALL_ROOM ? SMALL_COUNT : COUNT);

/** As the servers take it. */
export const RETENTION_SETTING = `${SMALL_ROOM}=${SMALL_COUNT}/${RETENTION_AGE_MS}ms,*=${COUNT}/${RETENTION_AGE_MS}ms`;
