/** Hop 2/8: what the connection needs of its client, so that it knows neither outbox nor rooms. */
import type { JoinRequest, ServerFrame, WelcomeFrame } from '@holdline/protocol';
import type { ConnectionStateEvent, Outbox } from '../api.ts';
import type { HoldlineError } from '../errors.ts';

/** What the connection asks and tells; `client.ts` answers. */
export interface ConnectionHooks {
  /** The joins that travel with the hello: at most this many bytes as JSON. */
  joins(maxBytes: number): readonly JoinRequest[];
  /** Is this welcome acceptable? An error makes the connection fail. */
  admit(welcome: WelcomeFrame): HoldlineError | undefined;
  up(welcome: WelcomeFrame): void;
  /** The socket is gone. `isSuspect`: one of our own frames may have ended it. */
  down(isSuspect: boolean): void;
  receive(frame: ServerFrame): void;
  changed(event: ConnectionStateEvent): void;
  report(error: HoldlineError): void;
  readonly outbox: Pick<Outbox, 'items'>;
}
