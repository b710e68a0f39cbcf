/** The composition root: the only file that knows connection, outbox and room. */
import type { Client } from './api.ts';
import { HoldlineError } from './errors.ts';
import type { ClientOptions } from './options.ts';
import type { AnyRooms } from './rooms.ts';

/** Creates a client. Opens nothing: the first connect, join or publish connects. */
export function createClient<Rooms = AnyRooms>(options: ClientOptions): Client<Rooms> {
  throw new HoldlineError('bad_options', `no transport for ${typeof options.url}`);
}
