import { ManualClock } from '@holdline/testkit';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import type { RoomId } from '@holdline/protocol';
import { isGranted } from '../commands/principal.ts';
import { silentLogger } from '../logger.ts';
import { Metrics } from '../metrics.ts';
import {
  createHookAuthenticator,
  createJwtAuthenticator,
  openAuthenticator,
  type Credentials,
} from './authenticate.ts';

const SECRET = 'a shared secret of thirty-two bytes or more';
const clock = new ManualClock();
const inAnHour = Math.floor(clock.now() / 1000) + 3600;
const jwt = createJwtAuthenticator(SECRET, clock);

const shown = (token: string | null, user: string | null = null): Credentials => ({
  token,
  user: user as Credentials['user'],
  remoteAddress: '127.0.0.1',
  headers: {},
});

function sign(claims: Record<string, unknown>, { secret = SECRET, alg = 'HS256' } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
}

test('[G8.3] a good token names the user, its end and what is granted where', async () => {
  const token = await sign({ sub: 'alice', exp: inAnHour, rooms: { 'chat:*': ['join', 'publish', 'fly'] } });

  const result = await jwt(shown(token, 'mallory'));

  expect(result).toMatchObject({ ok: true, principal: { user: 'alice', expiresAt: inAnHour * 1000 } });
  if (!result.ok) return;
  expect(isGranted(result.principal, 'chat:lobby' as RoomId, 'publish')).toBe(true);
  expect(isGranted(result.principal, 'chat:lobby' as RoomId, 'history')).toBe(false);
  expect(isGranted(result.principal, 'news' as RoomId, 'join')).toBe(false);
});

test.each([
  ['no token', () => null],
  ['nonsense', () => 'nonsense'],
  ['another secret', () => sign({ sub: 'alice', exp: inAnHour }, { secret: 'x'.repeat(32) })],
  ['another algorithm', () => sign({ sub: 'alice', exp: inAnHour }, { alg: 'HS512' })],
  ['no signature', () => `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"alice","exp":${inAnHour}}`)}.`],
  ['no end', () => sign({ sub: 'alice' })],
  ['no user', () => sign({ exp: inAnHour })],
  ['a user name with a line break', () => sign({ sub: 'al\nice', exp: inAnHour })],
  ['rooms that are a list', () => sign({ sub: 'alice', exp: inAnHour, rooms: ['chat:*'] })],
  ['permissions that are a text', () => sign({ sub: 'alice', exp: inAnHour, rooms: { '*': 'join' } })],
])('[G8.3] refused: %s', async (_name, make) => {
  expect(await jwt(shown(await make()))).toEqual({ ok: false, code: 'unauthorized' });
});

test('[G8.3] a token that has ended has its own code', async () => {
  const token = await sign({ sub: 'alice', exp: Math.floor(clock.now() / 1000) - 1 });

  expect(await jwt(shown(token))).toEqual({ ok: false, code: 'token_expired' });
});

test('[G8.4] a token without rooms permits nothing', async () => {
  const result = await jwt(shown(await sign({ sub: 'alice', exp: inAnHour })));

  expect(result.ok && isGranted(result.principal, 'chat:lobby' as RoomId, 'join')).toBe(false);
});

test('open: everybody is who they say', async () => {
  expect(await openAuthenticator(shown(null, 'alice'))).toMatchObject({
    ok: true,
    principal: { user: 'alice', grants: 'all' },
  });
  expect(await openAuthenticator(shown('anything'))).toMatchObject({ ok: true, principal: { user: null } });
});

test('a function of the application decides; when it fails or is late, nobody is let in', async () => {
  const deps = { hookTimeoutMs: 1000, clock, logger: silentLogger, metrics: new Metrics() };
  const hook = createHookAuthenticator(({ token }) => {
    if (token === 'never') return new Promise(() => {});
    if (token === 'throws') throw new Error('bug');
    if (token === 'odd') return { user: 'bad\nname' };
    return token === 'good' ? { user: 'alice', rooms: { '*': ['join'] } } : null;
  }, deps);

  const late = hook(shown('never'));
  await clock.advanceAsync(1000);

  expect(await hook(shown('good'))).toMatchObject({ ok: true, principal: { user: 'alice', expiresAt: null } });
  expect(await hook(shown('other'))).toEqual({ ok: false, code: 'unauthorized' });
  for (const token of ['throws', 'odd']) expect(await hook(shown(token))).toEqual({ ok: false, code: 'internal' });
  expect(await late).toEqual({ ok: false, code: 'internal' });
});
