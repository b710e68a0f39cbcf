/**
 * beside Hop 3/8 – token → principal. Three ways: everybody is who they say (`open`), a token signed with a shared
 * secret (`jwt`), or the application's own function. Nothing in a token is believed before its signature is
 * verified, and only HS256 is accepted (G8.3).
 */
import { isUserId, type ErrorCode, type UserId } from '@holdline/protocol';
import { errors, jwtVerify } from 'jose';
import { withDeadline, type Clock } from '../clock.ts';
import { PERMISSIONS, type Permission, type Principal, type RoomGrants } from '../commands/principal.ts';
import { errorFields, type FaultLog, type LogFields } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

/** What a client has shown. */
export interface Credentials {
  /** From hello or auth; null when it sent none. */
  readonly token: string | null;
  /** The name asked for; only open mode takes it. */
  readonly user: UserId | null;
  readonly remoteAddress: string;
  /** Of the WebSocket handshake. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Unauthenticated {
  readonly ok: false;
  readonly code: ErrorCode;
  /** For the operator's log, never for the client: which check failed. Holds nothing of the token. */
  readonly why?: LogFields;
}

export type Authenticated = { readonly ok: true; readonly principal: Principal } | Unauthenticated;

export type Authenticator = (credentials: Credentials) => Promise<Authenticated>;

/** What the application's function answers: who this is, or null to refuse. */
export interface Identity {
  /** Null for an anonymous connection. */
  readonly user: string | null;
  /** Ms since 1970; the connection needs a new token by then. @defaultValue null: never */
  readonly expiresAt?: number | null;
  /** Room pattern → permissions; the first pattern that matches decides. @defaultValue everything, everywhere */
  readonly rooms?: Readonly<Record<string, readonly Permission[]>>;
}

export type Authenticate = (credentials: Credentials) => Identity | null | Promise<Identity | null>;

const refuse = (code: ErrorCode, why: string | LogFields): Unauthenticated => ({
  ok: false,
  code,
  why: typeof why === 'string' ? { reason: why } : why,
});

/** One for all who say no name. */
const ANYBODY: Authenticated = { ok: true, principal: { user: null, expiresAt: null, grants: 'all' } };

export const openAuthenticator: Authenticator = ({ user }) =>
  Promise.resolve(user === null ? ANYBODY : { ok: true, principal: { user, expiresAt: null, grants: 'all' } });

export function createJwtAuthenticator(secret: string, clock: Clock): Authenticator {
  const key = new TextEncoder().encode(secret);
  return async ({ token }) => {
    if (token === null) return refuse('unauthorized', 'no token');
    try {
      const currentDate = new Date(clock.now());
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        requiredClaims: ['exp', 'sub'],
        currentDate,
      });
      const grants = readGrants(payload['rooms'] ?? {});
      if (!isUserId(payload.sub)) return refuse('unauthorized', { reason: 'not a user name', claim: 'sub' });
      if (grants === null) return refuse('unauthorized', { reason: 'not pattern → permissions', claim: 'rooms' });
      return { ok: true, principal: { user: payload.sub, expiresAt: (payload.exp ?? 0) * 1000, grants } };
    } catch (error) {
      return refuse(error instanceof errors.JWTExpired ? 'token_expired' : 'unauthorized', whyOf(error));
    }
  };
}

/** The codes and reasons of jose are constants, and a claim is named, never shown. */
function whyOf(error: unknown): LogFields {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed) {
    return { reason: error.code, claim: error.claim, check: error.reason };
  }
  return { reason: error instanceof errors.JOSEError ? error.code : 'unknown' };
}

export interface HookDeps {
  readonly hookTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
}

export function createHookAuthenticator(authenticate: Authenticate, deps: HookDeps): Authenticator {
  return async (credentials) => {
    const { clock, hookTimeoutMs, logger, metrics } = deps;
    try {
      const answer = Promise.resolve(authenticate(credentials));
      const identity = await withDeadline(clock, hookTimeoutMs, answer, () => new Error('authenticate took too long'));
      return identity === null ? refuse('unauthorized', 'authenticate answered null') : principalOf(identity);
    } catch (error) {
      metrics.count('faults');
      logger.error(errorFields(error), 'authenticate failed');
      return refuse('internal', 'authenticate failed');
    }
  };
}

function principalOf({ user, expiresAt = null, rooms }: Identity): Authenticated {
  if (user !== null && !isUserId(user))
    throw new TypeError('authenticate answered with a user name that is not allowed');
  const grants = rooms === undefined ? 'all' : readGrants(rooms);
  if (grants === null) throw new TypeError('authenticate answered with rooms that are not pattern → permissions');
  return { ok: true, principal: { user, expiresAt, grants } };
}

/** Null when the claim is not an object of lists. Permissions that this version does not know are left out. */
function readGrants(rooms: unknown): RoomGrants | null {
  if (typeof rooms !== 'object' || rooms === null || Array.isArray(rooms)) return null;
  const grants = new Map<string, readonly Permission[]>();
  for (const [pattern, permissions] of Object.entries(rooms)) {
    if (!Array.isArray(permissions)) return null;
    grants.set(
      pattern,
      PERMISSIONS.filter((permission) => permissions.includes(permission)),
    );
  }
  return grants;
}
