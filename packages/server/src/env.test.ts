import { expect, test } from 'vitest';
import { EnvironmentError, readEnvironment, VARIABLES, variableOf } from './env.ts';
import { OptionsError } from './option-checks.ts';
import { resolveOptions } from './options.ts';

const SECRET = 'x'.repeat(32);

test('the least that is needed', () => {
  const settings = readEnvironment({ HOLDLINE_AUTH: 'open' });

  expect(settings.server).toEqual({ auth: 'open' });
  expect(settings.engine).toEqual({ kind: 'embedded', redisUrl: null, prefix: 'hl', retention: null, dedupeMs: null });
  expect(settings.logLevel).toBe('info');
  expect(settings.warnings).toHaveLength(2);
});

test('every variable arrives where it belongs', () => {
  const settings = readEnvironment({
    PORT: '0',
    HOST: '0.0.0.0',
    REDIS_URL: 'redis://127.0.0.1:6379',
    HOLDLINE_PREFIX: 'mine',
    HOLDLINE_PATH: '/ws',
    HOLDLINE_AUTH: 'jwt',
    HOLDLINE_JWT_SECRET: SECRET,
    HOLDLINE_ORIGINS: 'https://a.example, https://b.example',
    HOLDLINE_TRUST_PROXY: '1',
    HOLDLINE_INSTANCE: 'one',
    HOLDLINE_RETENTION: 'chat:*=10/1d,*=5',
    HOLDLINE_DEDUPE_MS: '60000',
    HOLDLINE_DRAIN_MS: '1000',
    HOLDLINE_MAX_FRAME_BYTES: '2048',
    HOLDLINE_MAX_ROOMS: '7',
    HOLDLINE_MAX_IN_FLIGHT: '8',
    HOLDLINE_MAX_CONNECTIONS: '9',
    HOLDLINE_MAX_CONNECTIONS_PER_ADDRESS: '10',
    HOLDLINE_RATE: '0.5',
    HOLDLINE_RATE_BURST: '11',
    HOLDLINE_HEARTBEAT_MS: '500',
    HOLDLINE_HELLO_TIMEOUT_MS: '600',
    HOLDLINE_MAX_SOCKET_BYTES: '4096',
    HOLDLINE_MAX_BUFFERED_BYTES: '8192',
    HOLDLINE_STALL_MS: '700',
    HOLDLINE_WINDOW_BYTES: '16384',
    HOLDLINE_LINGER_MS: '800',
    HOLDLINE_LOG_LEVEL: 'debug',
  });

  expect(settings.server).toEqual({
    auth: { jwtSecret: SECRET },
    port: 0,
    host: '0.0.0.0',
    path: '/ws',
    origins: ['https://a.example', 'https://b.example'],
    trustedProxies: 1,
    instance: 'one',
    drainMs: 1000,
    maxFrameBytes: 2048,
    maxRooms: 7,
    maxInFlight: 8,
    maxConnections: 9,
    maxConnectionsPerAddress: 10,
    ratePerSecond: 0.5,
    rateBurst: 11,
    heartbeatMs: 500,
    helloTimeoutMs: 600,
    maxSocketBytes: 4096,
    maxBufferedBytes: 8192,
    stallMs: 700,
    windowBytes: 16_384,
    lingerMs: 800,
  });
  expect(settings.engine).toMatchObject({
    kind: 'redis',
    redisUrl: 'redis://127.0.0.1:6379',
    prefix: 'mine',
    dedupeMs: 60_000,
  });
  expect(settings.engine.retention).toHaveLength(2);
  expect(settings.logLevel).toBe('debug');
  expect(settings.warnings).toEqual([]);
  expect(() => resolveOptions(settings.server)).not.toThrow();
});

test.each([
  ['HOLDLINE_AUTH', { HOLDLINE_AUTH: '' }],
  ['HOLDLINE_AUTH', { HOLDLINE_AUTH: 'none' }],
  ['HOLDLINE_JWT_SECRET', { HOLDLINE_AUTH: 'jwt' }],
  ['HOLDLINE_ENGINE', { HOLDLINE_ENGINE: 'memory' }],
  ['REDIS_URL', { HOLDLINE_ENGINE: 'redis' }],
  ['REDIS_URL', { NODE_ENV: 'production' }],
  ['REDIS_URL', { REDIS_URL: 'redis+sentinel://one:26379,two:26379/primary' }],
  ['HOLDLINE_PREFIX', { HOLDLINE_PREFIX: '{x}' }],
  ['HOLDLINE_DEDUPE_MS', { HOLDLINE_DEDUPE_MS: '10' }],
  ['HOLDLINE_DEDUPE_MS', { HOLDLINE_DEDUPE_MS: '99999999999' }],
  ['HOLDLINE_RETENTION', { HOLDLINE_RETENTION: 'chat=many' }],
  ['HOLDLINE_RETENTION', { HOLDLINE_RETENTION: '*=10/9999999999d' }],
  ['PORT', { PORT: 'http' }],
  ['HOLDLINE_LOG_LEVEL', { HOLDLINE_LOG_LEVEL: 'loud' }],
])('%s is named when %j', (variable, env) => {
  expect(() => readEnvironment({ HOLDLINE_AUTH: 'open', ...env })).toThrow(EnvironmentError);
  expect(() => readEnvironment({ HOLDLINE_AUTH: 'open', ...env })).toThrow(expect.objectContaining({ variable }));
});

test('a secret is in no message', () => {
  const env = { HOLDLINE_AUTH: 'jwt', HOLDLINE_JWT_SECRET: 'hunter2' };
  const { server } = readEnvironment(env);

  expect(() => resolveOptions(server)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
  );
});

test('the embedded engine serves in production when asked for', () => {
  const env = { HOLDLINE_AUTH: 'open', NODE_ENV: 'production', HOLDLINE_ENGINE: 'embedded' };

  expect(readEnvironment(env).engine.kind).toBe('embedded');
});

test('an option that is refused is named by its variable', () => {
  expect(variableOf(new OptionsError('maxRooms', 'x'))).toBe('HOLDLINE_MAX_ROOMS');
  expect(variableOf(new OptionsError('auth.jwtSecret', 'x'))).toBe('HOLDLINE_JWT_SECRET');
  expect(Object.keys(VARIABLES)).toContain('HOLDLINE_MAX_ROOMS');
});
