import { expect, test } from 'vitest';
import { OptionsError } from './option-checks.ts';
import { DEFAULTS, resolveOptions, type ServerOptions } from './options.ts';

const resolve = (options: Record<string, unknown>) =>
  resolveOptions({ auth: 'open', ...options } as unknown as ServerOptions);

test('fills in every default, and an option set to undefined counts as not set', () => {
  const options = resolve({ port: undefined, host: undefined });

  expect(options).toMatchObject(DEFAULTS);
  expect(options.instance).toMatch(/^[A-Za-z0-9_-]{10}$/);
});

test('origins are compared in the form in which browsers send them', () => {
  expect(resolve({ origins: ['https://App.Example:443/'] }).origins).toEqual(['https://app.example']);
});

test.each([
  ['auth', { auth: undefined }],
  ['auth', { auth: 'closed' }],
  ['auth.jwtSecret', { auth: { jwtSecret: 'short' } }],
  ['auth.authenticate', { auth: { authenticate: 'yes' } }],
  ['port', { port: 70_000 }],
  ['port', { port: '3000' }],
  ['heartbeatMs', { heartbeatMs: 0 }],
  ['maxRooms', { maxRooms: 1.5 }],
  ['maxFrameBytes', { maxFrameBytes: Number.NaN }],
  ['drainMs', { drainMs: -1 }],
  ['instance', { instance: 'a b' }],
  ['path', { path: 'ws' }],
  ['path', { path: '/ws?x' }],
  ['origins', { origins: [] }],
  ['origins', { origins: ['app.example'] }],
  ['maxRooms', { maxRooms: null }],
  ['engine', { engine: 'redis://127.0.0.1:6379' }],
  ['engine', { engine: {} }],
  ['authorize', { authorize: true }],
  ['onMessage', { onMessage: 'all' }],
])('%s: %j makes no sense', (option, options) => {
  expect(() => resolve(options)).toThrow(OptionsError);
  expect(() => resolve(options)).toThrow(expect.objectContaining({ code: 'bad_options', option }));
});
