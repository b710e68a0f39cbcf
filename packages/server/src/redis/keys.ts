/**
 * beside Hop 5/8 – every key and channel name in one place. The room is the hash tag, so that a room is one slot of
 * a cluster.
 */

export interface RoomKeys {
  readonly stream: string;
  readonly position: string;
  readonly dedupe: readonly [string, string];
  readonly channel: string;
}

export interface Keys {
  readonly prefix: string;
  room(room: string): RoomKeys;
  channel(room: string): string;
  /** The room of a channel, or null when the channel is no room's. */
  roomOf(channel: string): string | null;
  /** Hash: what all instances under this prefix have in common. */
  readonly deployment: string;
  /** Where an instance hears itself. */
  canary(boot: string): string;
  /** What instances write to see that Redis takes writes. */
  readonly probe: string;
}

/** Hash of all instances in this Redis, whatever their prefix, so that each can name the others. */
export const INSTANCES_KEY = 'holdline:instances';

const PREFIX = /^[A-Za-z0-9_.:-]{1,64}$/;

/** A brace would move the hash tag, and with it the keys of one room into several slots of a cluster. */
export const isPrefix = (value: unknown): value is string => typeof value === 'string' && PREFIX.test(value);

/** @param prefix - one that `isPrefix` */
export function createKeys(prefix: string): Keys {
  const head = `${prefix}:{`;
  const tail = '}:live';
  return {
    prefix,
    room(room) {
      const base = `${head}${room}}`;
      return {
        stream: `${base}:log`,
        position: `${base}:pos`,
        dedupe: [`${base}:d0`, `${base}:d1`],
        channel: `${base}:live`,
      };
    },
    channel: (room) => `${head}${room}${tail}`,
    roomOf: (channel) =>
      channel.startsWith(head) && channel.endsWith(tail) ? channel.slice(head.length, -tail.length) : null,
    deployment: `${prefix}:deployment`,
    probe: `${prefix}:probe`,
    canary: (boot) => `${prefix}:canary:${boot}`,
  };
}
