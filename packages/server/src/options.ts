/**
 * What an application writes (`ServerOptions`, mostly optional) and what the code reads
 * (`ResolvedServerOptions`, complete). Joined once, here; each default appears once, in DEFAULTS.
 */
import type { Server } from 'node:http';
import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_MAX_IN_FLIGHT, DEFAULT_MAX_ROOMS } from '@holdline/protocol';
import { nanoid } from 'nanoid';
import { systemClock, type Clock } from './clock.ts';
import type { Authorize } from './commands/access.ts';
import type { OnMessage } from './commands/message-hook.ts';
import { createEmbeddedBroker } from './embedded-engine.ts';
import type { EngineSource } from './engine-source.ts';
import { silentLogger, type Logger } from './logger.ts';
import { checkFunction, checkName, checkNumber, MOST_FRAME_BYTES, OptionsError, type Range } from './option-checks.ts';
import type { Authenticate } from './socket/authenticate.ts';
import { normalizeOrigin, type OriginPolicy } from './socket/origin.ts';

/**
 * How connections prove who they are. There is no default.
 *
 * - `open`: everybody is who they say, and may do everything. For demos and closed networks.
 * - `{ jwtSecret }`: HS256 tokens with `sub` (the user), `exp` (required) and `rooms`, pattern → permissions.
 * - `{ authenticate }`: the application's own function.
 */
export type AuthOption = 'open' | { readonly jwtSecret: string } | { readonly authenticate: Authenticate };

/** Limits and times. Bytes, milliseconds, counts. */
export interface ServerLimits {
  /** Bytes of one frame. A larger publish is refused; one of more than twice this closes its socket. @defaultValue 65536 */
  readonly maxFrameBytes: number;
  /** Rooms of one connection. @defaultValue 512 */
  readonly maxRooms: number;
  /** Publishes of one connection without an answer yet. @defaultValue 256 */
  readonly maxInFlight: number;
  /** Connections of this instance. @defaultValue 20000 */
  readonly maxConnections: number;
  /** Connections from one address; see `trustedProxies`. @defaultValue 1000 */
  readonly maxConnectionsPerAddress: number;
  /** Publishes, joins, signals and refreshes of one connection a second, in the long run. @defaultValue 500 */
  readonly ratePerSecond: number;
  /** The same, at once. @defaultValue 1000 */
  readonly rateBurst: number;
  /** Each side sends something at least this often; silence of twice this ends a connection. @defaultValue 15000 */
  readonly heartbeatMs: number;
  /** A connection that has not said hello by then is closed. @defaultValue 5000 */
  readonly helloTimeoutMs: number;
  /** How long `authenticate`, `authorize` and `onMessage` may take. @defaultValue 5000 */
  readonly hookTimeoutMs: number;
  /** Bytes in one socket beyond which its members are left to catch up. @defaultValue 65536 */
  readonly maxSocketBytes: number;
  /** Bytes in all sockets beyond which only empty ones are given more. @defaultValue 134217728 */
  readonly maxBufferedBytes: number;
  /** A socket that takes no byte for this long is closed. @defaultValue 30000 */
  readonly stallMs: number;
  /** Bytes of recent messages that each room keeps in memory. @defaultValue 65536 */
  readonly windowBytes: number;
  /** How long a room stays subscribed after its last member. @defaultValue 10000 */
  readonly lingerMs: number;
  /** How long a drain may take. @defaultValue 25000 */
  readonly drainMs: number;
}

export interface ServerOptions extends Partial<ServerLimits> {
  /** How connections prove who they are. */
  readonly auth: AuthOption;
  /** Decides on each join, publish, signal and history; without it the rooms of the token or identity decide. */
  readonly authorize?: Authorize;
  /** Looks at each message before it is stored; answering false refuses it as `bad_data`. */
  readonly onMessage?: OnMessage;
  /** Where log and feed come from. @defaultValue a broker in this process, for this server alone */
  readonly engine?: EngineSource;
  /** An HTTP server of the application to attach to; without it this one makes its own. */
  readonly server?: Server;
  /** Of the own HTTP server; 0 picks a free one, null is for none: sockets come by `accept`. @defaultValue 3000 */
  readonly port?: number | null;
  /** Of the own HTTP server. @defaultValue 127.0.0.1 */
  readonly host?: string;
  /** URL path of the WebSocket, matched exactly. @defaultValue / */
  readonly path?: string;
  /** Pages that may connect: `same-host`, `*`, or a list of origins. @defaultValue same-host */
  readonly origins?: OriginPolicy;
  /** Proxies in front that add to X-Forwarded-For; 0 takes the address of the socket. @defaultValue 0 */
  readonly trustedProxies?: number;
  /** The name of this instance, its own among those on one Redis. @defaultValue a random one */
  readonly instance?: string;
  /** @defaultValue nothing is logged */
  readonly logger?: Logger;
  /** For tests. @defaultValue the system's */
  readonly clock?: Clock;
}

export interface ResolvedServerOptions extends ServerLimits {
  readonly auth: AuthOption;
  readonly authorize: Authorize | null;
  readonly onMessage: OnMessage | null;
  readonly engine: EngineSource;
  readonly server: Server | null;
  readonly port: number | null;
  readonly host: string;
  readonly path: string;
  readonly origins: OriginPolicy;
  readonly trustedProxies: number;
  readonly instance: string;
  readonly logger: Logger;
  readonly clock: Clock;
}

export const DEFAULTS = {
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxRooms: DEFAULT_MAX_ROOMS,
  maxInFlight: DEFAULT_MAX_IN_FLIGHT,
  maxConnections: 20_000,
  maxConnectionsPerAddress: 1000,
  ratePerSecond: 500,
  rateBurst: 1000,
  heartbeatMs: 15_000,
  helloTimeoutMs: 5000,
  hookTimeoutMs: 5000,
  maxSocketBytes: 65_536,
  maxBufferedBytes: 134_217_728,
  stallMs: 30_000,
  windowBytes: 65_536,
  lingerMs: 10_000,
  drainMs: 25_000,
  port: 3000,
  host: '127.0.0.1',
  path: '/',
  origins: 'same-host',
  trustedProxies: 0,
} as const satisfies Partial<ResolvedServerOptions>;

/** The least and the most that makes sense, and the reason where that is not plain. */
const RANGES: Readonly<Record<keyof ServerLimits | 'port' | 'trustedProxies', Range>> = {
  // Below this not even a hello with a token fits.
  maxFrameBytes: [1024, MOST_FRAME_BYTES],
  maxRooms: [1, 100_000],
  maxInFlight: [1, 100_000],
  maxConnections: [1, 1_000_000],
  maxConnectionsPerAddress: [1, 1_000_000],
  ratePerSecond: [0.001, 1_000_000],
  rateBurst: [1, 1_000_000],
  heartbeatMs: [50, 600_000],
  helloTimeoutMs: [10, 600_000],
  hookTimeoutMs: [10, 600_000],
  maxSocketBytes: [1024, 1_073_741_824],
  maxBufferedBytes: [1024, 1_099_511_627_776],
  stallMs: [10, 600_000],
  windowBytes: [1024, 1_073_741_824],
  lingerMs: [0, 3_600_000],
  drainMs: [0, 3_600_000],
  port: [0, 65_535],
  trustedProxies: [0, 16],
};

/** HS256 needs a key of at least 256 bits (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;

/** @throws OptionsError for the first option that makes no sense. */
export function resolveOptions(options: ServerOptions): ResolvedServerOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as ServerOptions;
  const resolved: ResolvedServerOptions = {
    ...DEFAULTS,
    authorize: null,
    onMessage: null,
    server: null,
    instance: nanoid(10),
    logger: silentLogger,
    clock: systemClock,
    ...given,
    engine: given.engine ?? createEmbeddedBroker(),
    origins: resolveOrigins(given.origins ?? DEFAULTS.origins),
  };
  for (const [name, range] of Object.entries(RANGES)) {
    const value = resolved[name as keyof typeof RANGES];
    if (name !== 'port' || value !== null) checkNumber(name, value, range, name !== 'ratePerSecond');
  }
  if (typeof (resolved.engine as Partial<EngineSource>).connect !== 'function')
    throw new OptionsError('engine', 'must be what redisEngine or createEmbeddedBroker returns');
  checkFunction('authorize', resolved.authorize);
  checkFunction('onMessage', resolved.onMessage);
  checkAuth(resolved.auth);
  checkName('instance', resolved.instance);
  if (!/^\/[^?#\s]*$/.test(resolved.path)) throw new OptionsError('path', 'must begin with / and hold no ? or #');
  return resolved;
}

function checkAuth(auth: AuthOption | undefined): void {
  if (auth === 'open') return;
  if (typeof auth !== 'object' || auth === null)
    throw new OptionsError('auth', 'say open, { jwtSecret } or { authenticate }');
  if ('authenticate' in auth) {
    if (typeof auth.authenticate !== 'function') throw new OptionsError('auth.authenticate', 'must be a function');
    return;
  }
  if (typeof auth.jwtSecret !== 'string' || Buffer.byteLength(auth.jwtSecret) < MIN_SECRET_BYTES) {
    throw new OptionsError('auth.jwtSecret', `must hold at least ${MIN_SECRET_BYTES} bytes`);
  }
}

function resolveOrigins(origins: OriginPolicy): OriginPolicy {
  if (origins === '*' || origins === 'same-host') return origins;
  if (!Array.isArray(origins) || origins.length === 0) throw new OptionsError('origins', 'say same-host, * or a list');
  return origins.map((origin: unknown) => {
    const normalized = typeof origin === 'string' ? normalizeOrigin(origin) : null;
    if (normalized === null)
      throw new OptionsError('origins', 'each must be an origin such as https://app.example.com');
    return normalized;
  });
}
