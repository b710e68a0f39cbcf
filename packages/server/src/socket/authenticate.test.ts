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
  ['no token', () => null, { reason: 'no token' }],
  ['nonsense', () => 'nonsense', { reason: 'ERR_JWS_INVALID' }],
  [
    'another secret',
    () => sign({ sub: 'alice', exp: inAnHour }, { secret: 'x'.repeat(32) }),
    { reason: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' },
  ],
  [
    'another algorithm',
    () => sign({ sub: 'alice', exp: inAnHour }, { alg: 'HS512' }),
    { reason: 'ERR_JOSE_ALG_NOT_ALLOWED' },
  ],
  [
    'no signature',
    () => `${btoa('{"alg":"none"}')}.${btoa(`{"sub":"alice","exp":${inAnHour}}`)}.`,
    { reason: 'ERR_JOSE_ALG_NOT_ALLOWED' },
  ],
  [
    'no end',
    () => sign({ sub: 'alice' }),
    { reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'exp', check: 'missing' },
  ],
  [
    'no user',
    () => sign({ exp: inAnHour }),
    { reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: 'sub', check: 'missing' },
  ],
  [
    'a user name with a line break',
    () => sign({ sub: 'al\nice', exp: inAnHour }),
    { reason: 'not a user name', claim: 'sub' },
  ],
  [
    'rooms that are a list',
    () => sign({ sub: 'alice', exp: inAnHour, rooms: ['chat:*'] }),
    { reason: 'not pattern → permissions', claim: 'rooms' },
  ],
  [
    'permissions that are a text',
    () => sign({ sub: 'alice', exp: inAnHour, rooms: { '*': 'join' } }),
    { reason: 'not pattern → permissions', claim: 'rooms' },
  ],
])('[G8.3] refused: %s; the log is told why', async (_name, make, why) => {
  expect(await jwt(shown(await make()))).toEqual({ ok: false, code: 'unauthorized', why });
});

test('[G8.3] a token that has ended has its own code', async () => {
  const token = await sign({ sub: 'alice', exp: Math.floor(clock.now() / 1000) - 1 });

  const why = { reason: 'ERR_JWT_EXPIRED', claim: 'exp', check: 'check_failed' };
  expect(await jwt(shown(token))).toEqual({ ok: false, code: 'token_expired', why });
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
  expect(await hook(shown('other'))).toMatchObject({ ok: false, code: 'unauthorized' });
  for (const token of ['throws', 'odd'])
    expect(await hook(shown(token))).toMatchObject({ ok: false, code: 'internal' });
  expect(await late).toMatchObject({ ok: false, code: 'internal' });
});
