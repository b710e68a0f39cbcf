/** Every counter of the server, in one table: name → what one more of it means. */
export const COUNTERS = {
  connections_opened: 'WebSocket connections accepted.',
  connections_closed: 'WebSocket connections ended, for whatever reason.',
  upgrades_refused: 'WebSocket handshakes refused: origin, version, limits, draining.',
  hellos_accepted: 'Connections that were authenticated.',
  hellos_refused: 'Connections that were refused at hello.',
  frames_received: 'Frames taken from clients.',
  frames_refused: 'Frames answered with an error.',
  strikes: 'Frames that could not be read at all.',
  joins: 'Joins answered with joined.',
  joins_refused: 'Joins answered with an error.',
  publishes_stored: 'Publishes acknowledged as new.',
  publishes_duplicate: 'Publishes acknowledged as stored before.',
  publishes_refused: 'Publishes answered with a nack.',
  publishes_dropped: 'Publishes given up because their connection had closed; nobody waits for an answer.',
  append_calls: 'Calls that append to the log.',
  append_failures: 'Calls that append to the log and failed.',
  signals: 'Signals passed on to the feed.',
  messages_delivered: 'Messages handed to a socket, each member counted.',
  signals_delivered: 'Signals handed to a socket, each member counted.',
  gaps_told: 'Gap events handed to a socket.',
  rewrites_seen: 'Times that a room found its history replaced.',
  entries_undeliverable: 'Entries in a log that hold no deliverable message and were passed over.',
  entries_foreign: 'Entries in a log that Holdline did not write, seen and skipped in a read.',
  announcements_malformed: 'Announcements that could not be read.',
  announcements_foreign: 'Announcements without a fitting seal.',
  engine_errors: 'Errors of the connections to Redis, and replies that make no sense.',
  canaries_overdue: 'Times that an instance did not hear its own canary in time.',
  announcements_late: 'Announcements of entries that a room had already.',
  rooms_dirty: 'Times that a room had to read its log to know where it stands.',
  rooms_opened: 'Rooms opened on this instance.',
  rooms_retired: 'Rooms closed after their last member had left.',
  feed_suspects: 'Times that the feed could not vouch for what it heard.',
  log_read_failures: 'Reads from the log that failed and were tried again.',
  tail_checks: 'Calls that compared the positions of rooms with the log.',
  members_left_behind: 'Times that a live member read too slowly and was left to catch up.',
  slow_consumers_closed: 'Connections closed because they took no byte for too long.',
  heartbeats_missed: 'Connections closed because they were silent for too long.',
  tokens_expired: 'Connections closed because their token had ended.',
  faults: 'Exceptions that nothing expected; the log has each.',
} as const;

export type CounterName = keyof typeof COUNTERS;

/** The counters of one server. Iterating gives each of the table, in its order, those at zero included. */
export class Metrics {
  readonly #values = new Map<CounterName, number>();

  count(name: CounterName, by = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  }

  value(name: CounterName): number {
    return this.#values.get(name) ?? 0;
  }

  *[Symbol.iterator](): Iterator<readonly [CounterName, number]> {
    for (const name of Object.keys(COUNTERS) as CounterName[]) yield [name, this.value(name)];
  }
}
