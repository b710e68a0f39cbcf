/** For tests of joins: a `Joiner` as a connection has it, for a member in memory. */
import { silentLogger } from '../logger.ts';
import type { MemoryMember, RoomKit } from '../room/room.kit.ts';
import { Access, type Authorize } from './access.ts';
import { Joiner } from './joiner.ts';
import type { Permission } from './principal.ts';
import type { Session } from './session.ts';

export function joinerOf(
  kit: RoomKit,
  member: MemoryMember,
  permissions: readonly Permission[],
  authorize: Authorize | null = null,
): Joiner {
  const { clock, registry, metrics, engine } = kit;
  const session: Session = {
    id: member.id,
    principal: { user: null, expiresAt: null, grants: new Map([['*', permissions]]) },
    isOpen: true,
    isDraining: false,
    member,
    send: (frame) => member.frames.push(frame),
    tellIfDegraded: () => {},
    refresh: () => Promise.resolve(false),
    overload: () => {},
  };
  const access = new Access({ authorize, hookTimeoutMs: 1000, clock, logger: silentLogger, metrics });
  return new Joiner({ access, registry, log: engine.log, logger: silentLogger, metrics, maxRooms: 8 }, session);
}
