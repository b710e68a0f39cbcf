/**
 * An engine at the other end of a network. The embedded engine answers at once; here a command takes time to get
 * there and its answer time to come back, and a server that is dead does not hear it: what it asked for still happens.
 * Commands of one connection are carried out and answered in order.
 */
import type { Engine, EngineSource } from '@holdline/server';
import type { SeededRandom } from '@holdline/testkit';
import { WORLD, type Owner, type VirtualTime } from './virtual-time.ts';

export interface StoreDelays {
  /** Up to this long in each direction, ms. */
  readonly commandMs: number;
}

type Log = Engine['log'];
type Append = Log['append'];

export interface StoreLinkOptions {
  readonly source: EngineSource;
  readonly owner: Owner;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly delays: StoreDelays;
  /** Called when an append was carried out, in the same task; `outcomes` is null when its answer is an error. */
  onAppended(room: string, messages: Parameters<Append>[1], outcomes: Awaited<ReturnType<Append>> | null): void;
}

/** A source for one server. */
export function remoteSource(options: StoreLinkOptions): EngineSource {
  return {
    dedupeMs: options.source.dedupeMs,
    connect: (connect) => remoteEngine(options.source.connect(connect), options),
  };
}

function remoteEngine(engine: Engine, options: StoreLinkOptions): Engine {
  const commands = createLine(options);
  const subscriber = createLine(options);
  const { log, feed } = engine;
  return {
    name: engine.name,
    log: {
      append: (room, messages) =>
        commands(async () => {
          try {
            const outcomes = await log.append(room, messages);
            options.onAppended(room, messages, outcomes);
            return outcomes;
          } catch (error) {
            options.onAppended(room, messages, null);
            throw error;
          }
        }),
      readAfter: (room, cursor, read) => commands(() => log.readAfter(room, cursor, read)),
      startCursor: (room, last) => commands(() => log.startCursor(room, last)),
      positions: (rooms) => commands(() => log.positions(rooms)),
      cursorsBefore: (room, cursor) => commands(() => log.cursorsBefore(room, cursor)),
      findStored: (room, message) => commands(() => log.findStored(room, message)),
    },
    feed: {
      attach(handlers) {
        // What is announced arrives in a task of the world; what it sets going is the server's.
        const mine = (): boolean => {
          if (!options.owner.isDead) options.time.owner = options.owner;
          return !options.owner.isDead;
        };
        feed.attach({
          onEntries: (room, entries) => mine() && handlers.onEntries(room, entries),
          onSignal: (room, signal) => mine() && handlers.onSignal(room, signal),
          onSuspect: (room, why) => mine() && handlers.onSuspect(room, why),
        });
      },
      subscribe: (room) => subscriber(() => feed.subscribe(room)),
      unsubscribe: (room) => subscriber(() => feed.unsubscribe(room)),
      signal: (room, signal) => commands(() => feed.signal(room, signal)),
    },
    start: () => engine.start(),
    now: () => engine.now(),
    health: () => engine.health(),
    onHealth: (listener) => engine.onHealth((health) => void (options.owner.isDead || listener(health))),
    close: () => engine.close(),
  };
}

type Line = <T>(command: () => Promise<T>) => Promise<T>;

function createLine({ time, random, owner, delays }: StoreLinkOptions): Line {
  let [doneAt, answeredAt] = [0, 0];
  const pause = (): number => (delays.commandMs > 0 ? random.below(delays.commandMs + 1) : 0);
  return (command) =>
    new Promise((resolve, reject) => {
      doneAt = Math.max(doneAt, time.nowMs + pause());
      const answer = (settle: () => void): void => {
        answeredAt = Math.max(answeredAt, time.nowMs + pause());
        time.set(settle, answeredAt - time.nowMs, owner);
      };
      const carryOut = (): void => {
        command().then(
          (value) => answer(() => resolve(value)),
          (error: Error) => answer(() => reject(error)),
        );
      };
      time.set(carryOut, doneAt - time.nowMs, WORLD);
    });
}
