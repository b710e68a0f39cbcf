/** beside Hop 4/8 – the little that a handler may see of its connection. */
import type { ErrorCode, ServerFrame } from '@holdline/protocol';
import type { Member } from '../room/member.ts';
import type { Principal } from './principal.ts';

export interface Session {
  readonly id: string;
  /** As of now: a refreshed token replaces it. */
  readonly principal: Principal;
  readonly isOpen: boolean;
  /** The server is shutting down: what is under way is answered, nothing new is begun. */
  readonly isDraining: boolean;
  readonly member: Member;
  send(frame: ServerFrame): void;
  /** Behind the entrance of a room: a client counts `degraded` for the rooms that it is in. */
  tellIfDegraded(): void;
  /** Verifies the token and answers for itself. True when the principal was replaced. */
  refresh(token: string): Promise<boolean>;
  /** Ends the connection: it uses more than it may. */
  overload(): void;
}

/** Why a request is refused. `detail` names a field or a limit, never what the sender wrote. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail?: string;
}
