/** Options and engine → what rooms, commands and connections are built of. Wiring only. */
import { Access } from './commands/access.ts';
import type { AppendQueues } from './commands/append-queue.ts';
import type { CommandDeps } from './commands/dispatch.ts';
import { MessageHook } from './commands/message-hook.ts';
import type { Engine } from './engine.ts';
import type { Metrics } from './metrics.ts';
import type { ResolvedServerOptions } from './options.ts';
import { ReadGate } from './room/read-gate.ts';
import { RoomRegistry } from './room/room-registry.ts';
import {
  createHookAuthenticator,
  createJwtAuthenticator,
  openAuthenticator,
  type Authenticator,
} from './socket/authenticate.ts';
import type { ConnectionDeps } from './socket/connection.ts';
import { Heartbeats } from './socket/heartbeat.ts';
import { SendBudget } from './socket/send-buffer.ts';
import { WriteTurn } from './socket/write-turn.ts';
import type { SparseLog } from './sparse-log.ts';

/** How many reads of history are under way at a time. */
const READS_AT_A_TIME = 32;
const PAGE_SIZE = 200;
const MAX_WINDOW_ITEMS = 1024;
const OPEN_TIMEOUT_MS = 5000;

export interface Parts {
  readonly options: ResolvedServerOptions;
  readonly metrics: Metrics;
  readonly engine: Engine;
  /** For all that strangers, hooks or an outage can make happen any number of times. */
  readonly sparse: SparseLog;
}

export function createRegistry({ options, metrics, engine, sparse }: Parts): RoomRegistry {
  const { clock, windowBytes, lingerMs } = options;
  return new RoomRegistry({
    log: engine.log,
    feed: engine.feed,
    clock,
    logger: sparse,
    metrics,
    gate: new ReadGate(READS_AT_A_TIME),
    window: { maxBytes: windowBytes, maxItems: MAX_WINDOW_ITEMS },
    pageSize: PAGE_SIZE,
    lingerMs,
    openTimeoutMs: OPEN_TIMEOUT_MS,
  });
}

export function connectionDeps(
  parts: Parts,
  rooms: { readonly registry: RoomRegistry; readonly queues: AppendQueues },
  isDegraded: () => boolean,
): ConnectionDeps {
  const { options, metrics, engine, sparse } = parts;
  const { clock, logger, instance, heartbeatMs, helloTimeoutMs, maxSocketBytes, stallMs, maxBufferedBytes } = options;
  const { maxFrameBytes, maxRooms, maxInFlight } = options;
  return {
    clock,
    logger,
    metrics,
    refusals: sparse,
    instance,
    authenticate: authenticator(parts),
    needsHeaders: typeof options.auth === 'object' && 'authenticate' in options.auth,
    commands: { ...commandDeps(parts), ...rooms },
    budget: new SendBudget(maxBufferedBytes),
    turn: new WriteTurn(clock),
    limits: { maxFrameBytes, maxRooms, maxInFlight, dedupeMs: options.engine.dedupeMs },
    heartbeats: new Heartbeats(clock, heartbeatMs),
    helloTimeoutMs,
    softLimit: maxSocketBytes,
    stallMs,
    logTime: () => engine.now(),
    isDegraded,
  };
}

function commandDeps({ options, metrics, engine, sparse: logger }: Parts): Omit<CommandDeps, 'registry' | 'queues'> {
  const { clock, authorize, onMessage, hookTimeoutMs, maxFrameBytes, maxRooms, maxInFlight } = options;
  const { ratePerSecond, rateBurst } = options;
  return {
    access: new Access({ authorize, hookTimeoutMs, clock, logger, metrics }),
    hook: onMessage === null ? null : new MessageHook({ onMessage, hookTimeoutMs, clock, logger, metrics }),
    log: engine.log,
    feed: engine.feed,
    clock,
    logger,
    metrics,
    hookTimeoutMs,
    maxFrameBytes,
    maxRooms,
    maxInFlight,
    rate: { perSecond: ratePerSecond, burst: rateBurst },
  };
}

function authenticator({ options, metrics, sparse: logger }: Parts): Authenticator {
  const { auth, clock, hookTimeoutMs } = options;
  if (auth === 'open') return openAuthenticator;
  if ('jwtSecret' in auth) return createJwtAuthenticator(auth.jwtSecret, clock);
  return createHookAuthenticator(auth.authenticate, { hookTimeoutMs, clock, logger, metrics });
}
