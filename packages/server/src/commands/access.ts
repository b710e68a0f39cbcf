/**
 * Hop 4/8: may this user do this in this room? The grants of the token decide, or the application's own function.
 * That one is given a deadline; when it fails or is late, the answer is `unknown`, which refuses the request as
 * retryable: access is never granted by a failure (G8.4).
 */
import type { RoomId, UserId } from '@holdline/protocol';
import { withDeadline, type Clock } from '../clock.ts';
import { errorFields, type FaultLog } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { isGranted, type Permission, type Principal } from './principal.ts';
import type { Refusal } from './session.ts';

export interface AuthorizeRequest {
  /** Null for an anonymous connection. */
  readonly user: UserId | null;
  readonly room: RoomId;
  readonly permission: Permission;
}

export type Authorize = (request: AuthorizeRequest) => boolean | Promise<boolean>;

export interface AccessDeps {
  readonly authorize: Authorize | null;
  readonly hookTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: FaultLog;
  readonly metrics: Metrics;
}

export type Answer = 'yes' | 'no' | 'unknown';

export class Access {
  readonly #deps: AccessDeps;

  constructor(deps: AccessDeps) {
    this.#deps = deps;
  }

  /** A plain value where the grants decide, so that the common case costs no turn of the event loop. */
  ask(principal: Principal, room: RoomId, permission: Permission): Answer | Promise<Answer> {
    if (this.#deps.authorize === null) return isGranted(principal, room, permission) ? 'yes' : 'no';
    return this.#askHook(this.#deps.authorize, { user: principal.user, room, permission });
  }

  async #askHook(authorize: Authorize, request: AuthorizeRequest): Promise<Answer> {
    const { clock, hookTimeoutMs, logger, metrics } = this.#deps;
    try {
      const answer = Promise.resolve(authorize(request));
      const isAllowed = await withDeadline(clock, hookTimeoutMs, answer, () => new Error('authorize took too long'));
      return isAllowed === true ? 'yes' : 'no';
    } catch (error) {
      metrics.count('faults');
      logger.error({ room: request.room, permission: request.permission, ...errorFields(error) }, 'authorize failed');
      return 'unknown';
    }
  }
}

/** Null when allowed. */
export function refusalOf(answer: Answer): Refusal | null {
  if (answer === 'yes') return null;
  return { code: answer === 'no' ? 'forbidden' : 'internal' };
}
