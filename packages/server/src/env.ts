/**
 * Environment → settings. Every variable is one row of VARIABLES, with what it means and what holds
 * without it; docs/OPERATIONS.md shows the same table. An empty variable counts as not set.
 */
import { DEFAULT_PREFIX, resolveLogOptions } from './log-options.ts';
import { LOG_LEVELS, type LogLevel } from './logger.ts';
import { parseRetention, type RetentionRule } from './log/retention.ts';
import { checkRedisUrl } from './redis/redis-url.ts';
import { OptionsError } from './option-checks.ts';
import { DEFAULTS, type AuthOption, type ServerOptions } from './options.ts';
import type { OriginPolicy } from './socket/origin.ts';

interface Variable {
  /** As docs show it; an empty text where there is none. */
  readonly default: string;
  readonly meaning: string;
}

export const VARIABLES = {
  PORT: { default: String(DEFAULTS.port), meaning: 'Port; `0` picks a free one.' },
  HOST: { default: DEFAULTS.host, meaning: 'Address to listen on.' },
  REDIS_URL: { default: '', meaning: '`redis://` or `rediss://` URL. Without it the embedded engine serves.' },
  HOLDLINE_ENGINE: {
    default: '`redis` with `REDIS_URL`, else `embedded`',
    meaning: '`redis` or `embedded`. With `NODE_ENV=production` the embedded engine must be asked for.',
  },
  HOLDLINE_PREFIX: { default: DEFAULT_PREFIX, meaning: 'Prefix of all keys and channels in Redis.' },
  HOLDLINE_PATH: { default: DEFAULTS.path, meaning: 'URL path of the WebSocket.' },
  HOLDLINE_AUTH: {
    default: '',
    meaning: '`jwt` (HS256 tokens) or `open` (everybody is who they say). Required.',
  },
  HOLDLINE_JWT_SECRET: { default: '', meaning: 'Shared secret of `jwt`, at least 32 bytes.' },
  HOLDLINE_ORIGINS: {
    default: 'same host',
    meaning: 'Origins of pages that may connect, comma-separated, or `*`. Clients without an Origin may always.',
  },
  HOLDLINE_TRUST_PROXY: {
    default: String(DEFAULTS.trustedProxies),
    meaning: 'Proxies in front that add to `X-Forwarded-For`; needed for the limit by address.',
  },
  HOLDLINE_INSTANCE: { default: 'random', meaning: 'Name of this instance, its own among those on one Redis.' },
  HOLDLINE_RETENTION: {
    default: '*=10000/7d',
    meaning:
      'What is kept, by room pattern: `chat:*=10000/7d,*=1000/24h` (count, and age in ms, s, m, h or d, up to 36500d).',
  },
  HOLDLINE_DEDUPE_MS: {
    default: '7200000',
    meaning: 'How long a message ID is remembered at least, ms: a second to 30 days.',
  },
  HOLDLINE_DRAIN_MS: {
    default: String(DEFAULTS.drainMs),
    meaning: 'How long a drain may take after SIGTERM or SIGINT.',
  },
  HOLDLINE_MAX_FRAME_BYTES: {
    default: String(DEFAULTS.maxFrameBytes),
    meaning: 'Bytes of one frame; larger publishes are refused.',
  },
  HOLDLINE_MAX_ROOMS: { default: String(DEFAULTS.maxRooms), meaning: 'Rooms of one connection.' },
  HOLDLINE_MAX_IN_FLIGHT: {
    default: String(DEFAULTS.maxInFlight),
    meaning: 'Publishes of one connection that wait for their answer.',
  },
  HOLDLINE_MAX_CONNECTIONS: { default: String(DEFAULTS.maxConnections), meaning: 'Connections of this instance.' },
  HOLDLINE_MAX_CONNECTIONS_PER_ADDRESS: {
    default: String(DEFAULTS.maxConnectionsPerAddress),
    meaning: 'Connections from one address.',
  },
  HOLDLINE_RATE: {
    default: String(DEFAULTS.ratePerSecond),
    meaning: 'Publishes, joins, signals and token refreshes of one connection a second, in the long run.',
  },
  HOLDLINE_RATE_BURST: { default: String(DEFAULTS.rateBurst), meaning: 'The same, at once.' },
  HOLDLINE_HEARTBEAT_MS: {
    default: String(DEFAULTS.heartbeatMs),
    meaning: 'Each side sends something at least this often; twice this without a frame ends a connection.',
  },
  HOLDLINE_HELLO_TIMEOUT_MS: {
    default: String(DEFAULTS.helloTimeoutMs),
    meaning: 'A connection that has not said hello by then is closed.',
  },
  HOLDLINE_MAX_SOCKET_BYTES: {
    default: String(DEFAULTS.maxSocketBytes),
    meaning: 'Bytes that may wait in one socket before its members are left to catch up.',
  },
  HOLDLINE_MAX_BUFFERED_BYTES: {
    default: String(DEFAULTS.maxBufferedBytes),
    meaning: 'Bytes that may wait in all sockets before only empty ones are given more.',
  },
  HOLDLINE_STALL_MS: {
    default: String(DEFAULTS.stallMs),
    meaning: 'A socket that takes no byte for this long is closed.',
  },
  HOLDLINE_WINDOW_BYTES: {
    default: String(DEFAULTS.windowBytes),
    meaning: 'Bytes of recent messages that each room keeps in memory.',
  },
  HOLDLINE_LINGER_MS: {
    default: String(DEFAULTS.lingerMs),
    meaning: 'How long a room stays subscribed after its last member.',
  },
  HOLDLINE_LOG_LEVEL: { default: 'info', meaning: '`debug`, `info`, `warn`, `error` or `silent`.' },
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;

export interface EngineSettings {
  readonly kind: 'redis' | 'embedded';
  /** Null with the embedded engine. */
  readonly redisUrl: string | null;
  readonly prefix: string;
  readonly retention: readonly RetentionRule[] | null;
  readonly dedupeMs: number | null;
}

export interface Settings {
  readonly engine: EngineSettings;
  readonly server: Omit<ServerOptions, 'engine' | 'server' | 'logger' | 'clock'>;
  readonly logLevel: LogLevel;
  /** Sentences for the log: what was taken for granted. */
  readonly warnings: readonly string[];
}

/** A variable is missing or makes no sense. Names the variable, never its value: some are secrets. */
export class EnvironmentError extends Error {
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(`${variable}: ${message}`);
    this.name = 'EnvironmentError';
    this.variable = variable;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Options that are plain numbers, and their variables. */
const NUMBERS = {
  port: 'PORT',
  drainMs: 'HOLDLINE_DRAIN_MS',
  maxFrameBytes: 'HOLDLINE_MAX_FRAME_BYTES',
  maxRooms: 'HOLDLINE_MAX_ROOMS',
  maxInFlight: 'HOLDLINE_MAX_IN_FLIGHT',
  maxConnections: 'HOLDLINE_MAX_CONNECTIONS',
  maxConnectionsPerAddress: 'HOLDLINE_MAX_CONNECTIONS_PER_ADDRESS',
  ratePerSecond: 'HOLDLINE_RATE',
  rateBurst: 'HOLDLINE_RATE_BURST',
  heartbeatMs: 'HOLDLINE_HEARTBEAT_MS',
  helloTimeoutMs: 'HOLDLINE_HELLO_TIMEOUT_MS',
  maxSocketBytes: 'HOLDLINE_MAX_SOCKET_BYTES',
  maxBufferedBytes: 'HOLDLINE_MAX_BUFFERED_BYTES',
  stallMs: 'HOLDLINE_STALL_MS',
  windowBytes: 'HOLDLINE_WINDOW_BYTES',
  lingerMs: 'HOLDLINE_LINGER_MS',
  trustedProxies: 'HOLDLINE_TRUST_PROXY',
} as const satisfies Partial<Record<keyof ServerOptions, VariableName>>;

/** Options that are plain texts, and their variables. */
const TEXTS = {
  host: 'HOST',
  path: 'HOLDLINE_PATH',
  instance: 'HOLDLINE_INSTANCE',
} as const satisfies Partial<Record<keyof ServerOptions, VariableName>>;

/** Options whose variable bears another name than the rule above gives it. */
const VARIABLE_OF_OPTION: Readonly<Record<string, VariableName>> = {
  ...NUMBERS,
  ...TEXTS,
  url: 'REDIS_URL',
  prefix: 'HOLDLINE_PREFIX',
  retention: 'HOLDLINE_RETENTION',
  dedupeMs: 'HOLDLINE_DEDUPE_MS',
  origins: 'HOLDLINE_ORIGINS',
  'auth.jwtSecret': 'HOLDLINE_JWT_SECRET',
  auth: 'HOLDLINE_AUTH',
};

/** @throws EnvironmentError for the first variable that is missing or makes no sense. */
export function readEnvironment(env: Environment): Settings {
  const warnings: string[] = [];
  // First of all: whoever starts the binary without any setting should read about this one.
  const auth = readAuth(env);
  const engine = readEngine(env, warnings);
  const origins = readOrigins(env);
  const server: Record<string, unknown> = { auth, ...(origins !== null && { origins }) };
  for (const [option, variable] of Object.entries(NUMBERS)) set(server, option, readNumber(env, variable));
  for (const [option, variable] of Object.entries(TEXTS)) set(server, option, read(env, variable));
  if (auth === 'open') warnings.push('HOLDLINE_AUTH=open: everybody is who they say and may do everything');
  return { engine, server: server as unknown as Settings['server'], logLevel: readLevel(env), warnings };
}

/** The variable behind an option that was refused. */
export const variableOf = (error: OptionsError): string => VARIABLE_OF_OPTION[error.option] ?? error.option;

const set = (target: Record<string, unknown>, name: string, value: unknown): void => {
  if (value !== null) target[name] = value;
};

const read = (env: Environment, name: VariableName): string | null => {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? null : value;
};

function readNumber(env: Environment, name: VariableName): number | null {
  const text = read(env, name);
  if (text === null) return null;
  if (!/^\d{1,15}(\.\d{1,6})?$/.test(text)) throw new EnvironmentError(name, 'must be a number');
  return Number(text);
}

function readAuth(env: Environment): AuthOption {
  const mode = read(env, 'HOLDLINE_AUTH');
  if (mode === 'open') return 'open';
  if (mode !== 'jwt')
    throw new EnvironmentError('HOLDLINE_AUTH', 'set it to jwt (with HOLDLINE_JWT_SECRET) or to open');
  const jwtSecret = read(env, 'HOLDLINE_JWT_SECRET');
  if (jwtSecret === null) throw new EnvironmentError('HOLDLINE_JWT_SECRET', 'HOLDLINE_AUTH=jwt needs it');
  return { jwtSecret };
}

function readEngine(env: Environment, warnings: string[]): EngineSettings {
  const redisUrl = read(env, 'REDIS_URL');
  const asked = read(env, 'HOLDLINE_ENGINE');
  if (asked !== null && asked !== 'redis' && asked !== 'embedded') {
    throw new EnvironmentError('HOLDLINE_ENGINE', 'must be redis or embedded');
  }
  const kind: EngineSettings['kind'] = asked ?? (redisUrl === null ? 'embedded' : 'redis');
  if (kind === 'redis' && redisUrl === null) throw new EnvironmentError('REDIS_URL', 'HOLDLINE_ENGINE=redis needs it');
  if (kind === 'embedded' && asked === null && read(env, 'NODE_ENV' as VariableName) === 'production') {
    throw new EnvironmentError(
      'REDIS_URL',
      'missing; in production the embedded engine needs HOLDLINE_ENGINE=embedded',
    );
  }
  if (kind === 'embedded') warnings.push('embedded engine: messages live in this process and end with it');
  const prefix = read(env, 'HOLDLINE_PREFIX') ?? DEFAULT_PREFIX;
  const [retention, dedupeMs] = [readRetention(env), readNumber(env, 'HOLDLINE_DEDUPE_MS')];
  const settings: EngineSettings = { kind, redisUrl: kind === 'redis' ? redisUrl : null, prefix, retention, dedupeMs };
  checkEngine(settings);
  return settings;
}

/** By the rules of the options, with the names of the variables. */
function checkEngine({ redisUrl, prefix, retention, dedupeMs }: EngineSettings): void {
  try {
    if (redisUrl !== null) checkRedisUrl('url', redisUrl);
    resolveLogOptions({ prefix, ...(retention !== null && { retention }), ...(dedupeMs !== null && { dedupeMs }) });
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    throw new EnvironmentError(variableOf(error), error.reason);
  }
}

function readRetention(env: Environment): readonly RetentionRule[] | null {
  const text = read(env, 'HOLDLINE_RETENTION');
  if (text === null) return null;
  try {
    return parseRetention(text);
  } catch (error) {
    throw new EnvironmentError('HOLDLINE_RETENTION', error instanceof Error ? error.message : 'cannot be read');
  }
}

function readOrigins(env: Environment): OriginPolicy | null {
  const text = read(env, 'HOLDLINE_ORIGINS');
  if (text === null || text === '*') return text;
  return text.split(',').map((origin) => origin.trim());
}

function readLevel(env: Environment): LogLevel {
  const text = read(env, 'HOLDLINE_LOG_LEVEL') ?? 'info';
  const level = LOG_LEVELS.find((name) => name === text);
  if (level === undefined) throw new EnvironmentError('HOLDLINE_LOG_LEVEL', `must be one of ${LOG_LEVELS.join(', ')}`);
  return level;
}
