/** Hop 5/8: the log of the embedded engine. Appends through the broker, reads through the same reader as Redis. */
import type { RoomId } from '@holdline/protocol';
import { BrokerError, type Broker } from '../embedded/broker.ts';
import { indexAfter } from '../embedded/room-store.ts';
import { toAppendInput } from './append-input.ts';
import { rotationOf } from './dedupe.ts';
import { LogReader } from './log-reader.ts';
import type { EngineObserver, LogSource } from './log-source.ts';
import { LogError, type AppendMessage, type AppendOutcome, type MessageLog } from './message-log.ts';
import { positionLifetimeOf, type Retention } from './retention.ts';

export interface MemoryMessageLogOptions {
  readonly broker: Broker;
  readonly retentionOf: (room: string) => Retention;
  readonly dedupeMs: number;
  readonly dedupeRecords: number;
  readonly observe: EngineObserver;
}

export class MemoryMessageLog extends LogReader implements MessageLog {
  readonly #options: MemoryMessageLogOptions;

  constructor(options: MemoryMessageLogOptions) {
    super({ ...options, source: createMemorySource(options) });
    this.#options = options;
  }

  async append(room: RoomId, messages: readonly AppendMessage[]): Promise<readonly AppendOutcome[]> {
    const { broker, retentionOf, dedupeMs, dedupeRecords } = this.#options;
    const retention = retentionOf(room);
    const appended = await answer(() =>
      broker.append(room, {
        messages: messages.map(toAppendInput),
        nowMs: broker.now(),
        sealKey: broker.sealKey,
        maxCount: retention.count,
        ageMs: retention.ageMs,
        windowMs: dedupeMs,
        rotateMs: rotationOf(dedupeMs),
        positionMs: positionLifetimeOf(retention),
        maxRecords: dedupeRecords,
      }),
    );
    return appended.outcomes as readonly AppendOutcome[];
  }
}

/** What the broker throws becomes what the port promises. */
async function answer<T>(ask: () => T): Promise<T> {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    throw new LogError(error.fault === 'away' ? 'unavailable' : 'store_refused', error.message, { cause: error });
  }
}

function createMemorySource({ broker, retentionOf }: MemoryMessageLogOptions): LogSource {
  const ask = <T>(read: () => T): Promise<T> =>
    answer(() => {
      broker.guard();
      return read();
    });
  return {
    now: () => broker.now(),
    read: (name, id, count, lastCount) =>
      ask(() => {
        const room = broker.room(name);
        const from = indexAfter(room, id);
        const last = lastCount === 0 ? [] : room.stream.slice(-lastCount).toReversed();
        return { position: room.position, after: room.stream.slice(from, from + count), last, isCut: false };
      }),
    inspectHole: (name, id) =>
      ask(() => {
        const room = broker.room(name);
        return { isStartKept: indexAfter(room, id) > 0, highestDeleted: room.highestDeleted };
      }),
    entriesAt: (name, ids) =>
      ask(() => {
        const { stream } = broker.room(name);
        return ids.map((id) => stream.find((entry) => entry.id === id) ?? null);
      }),
    positions: (names) =>
      ask(() =>
        names.map((name) => {
          const room = broker.room(name);
          if (room.position !== null) room.positionExpiresAt = broker.now() + positionLifetimeOf(retentionOf(name));
          return room.position;
        }),
      ),
    haveStreams: (names) => ask(() => names.map((name) => broker.room(name).stream.length > 0)),
    findRecord: (name, field) =>
      ask(() => {
        const { dedupe } = broker.room(name);
        const [newer, older] = dedupe[1].startedAt > dedupe[0].startedAt ? [dedupe[1], dedupe[0]] : dedupe;
        return newer.records.get(field) ?? older.records.get(field) ?? null;
      }),
  };
}
