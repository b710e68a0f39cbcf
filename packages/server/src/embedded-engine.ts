/**
 * The embedded engine: log and feed in the memory of one process, for the demo, for tests and for
 * simulation. Several instances in the process share one broker, as they would share one Redis.
 */
import { createEmbeddedControls, type EmbeddedControls } from './embedded/controls.ts';
import { Broker, type BrokerOptions } from './embedded/broker.ts';
import type { Engine, EngineHealth } from './engine.ts';
import { MemoryLiveFeed } from './feed/memory-live-feed.ts';
import { resolveLogOptions, type LogOptions } from './log-options.ts';
import type { EngineObserver } from './log/log-source.ts';
import { MemoryMessageLog } from './log/memory-message-log.ts';
import { createRetentionResolver } from './log/retention.ts';
import { checkFunction } from './option-checks.ts';

export interface EmbeddedBrokerOptions extends BrokerOptions, Omit<LogOptions, 'prefix'> {}

export interface EmbeddedConnectOptions {
  /** The name of the instance, its own among those of the broker. */
  readonly instance: string;
  /** @defaultValue ignores what it is told */
  readonly observe?: EngineObserver;
}

export interface EmbeddedBroker {
  /** How long a message ID is remembered at least, ms. */
  readonly dedupeMs: number;
  /** An engine for one more instance. */
  connect(options: EmbeddedConnectOptions): Engine;
}

/**
 * Nothing of it survives the process. Time comes from `now`, deliveries from `schedule`: both can be virtual.
 *
 * @throws OptionsError with code `bad_options` when an option makes no sense
 */
export function createEmbeddedBroker(options: EmbeddedBrokerOptions = {}): EmbeddedBroker {
  const { retention, dedupeMs, dedupeRecords } = resolveLogOptions(options);
  checkFunction('now', options.now);
  checkFunction('schedule', options.schedule);
  const broker = new Broker(options);
  const retentionOf = createRetentionResolver(retention);
  return new SharedBroker(dedupeMs, broker, ({ instance, observe = () => {} }) =>
    createEmbeddedEngine(broker, instance, (onChange) => ({
      log: new MemoryMessageLog({ broker, retentionOf, dedupeMs, dedupeRecords, observe }),
      feed: new MemoryLiveFeed({ broker, instance, observe, onChange }),
    })),
  );
}

/** What is given out, and what only this file sees of it. */
class SharedBroker implements EmbeddedBroker {
  readonly dedupeMs: number;
  readonly connect: EmbeddedBroker['connect'];
  readonly #broker: Broker;

  constructor(dedupeMs: number, broker: Broker, connect: EmbeddedBroker['connect']) {
    this.dedupeMs = dedupeMs;
    this.connect = connect;
    this.#broker = broker;
  }

  static broker(of: EmbeddedBroker): Broker | null {
    return #broker in of ? of.#broker : null;
  }
}

/** What tests may do to a broker made here; the package does not export it. */
export function embeddedControlsOf(broker: EmbeddedBroker): EmbeddedControls {
  const inner = SharedBroker.broker(broker);
  if (inner === null) throw new TypeError('not an embedded broker');
  return createEmbeddedControls(inner);
}

type Parts = (onChange: () => void) => { readonly log: MemoryMessageLog; readonly feed: MemoryLiveFeed };

function createEmbeddedEngine(broker: Broker, instance: string, createParts: Parts): Engine {
  const listeners = new Set<(health: EngineHealth) => void>();
  let status: EngineHealth['status'] = 'starting';
  const { log, feed } = createParts(() => update());

  const health = (): EngineHealth => ({
    status,
    findings: status === 'degraded' ? ['the embedded broker is away or its feed is interrupted'] : [],
  });
  const update = (): void => {
    if (!broker.subscribers.has(feed)) return;
    const next = broker.faults.isAway || broker.faults.deaf.has(instance) ? 'degraded' : 'ok';
    if (next === status) return;
    status = next;
    for (const listener of listeners) listener(health());
  };

  return {
    name: 'embedded',
    log,
    feed,
    async start() {
      broker.subscribers.add(feed);
      update();
    },
    now: () => broker.now(),
    health,
    onHealth(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      broker.subscribers.delete(feed);
      feed.close();
    },
  };
}
