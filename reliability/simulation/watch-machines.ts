/** What `instrument.ts` sees, as cells of the tables in `cells.ts`. */
import type { RoomEvent, RoomSnapshot } from './machine-types.ts';
import type { Coverage } from './coverage.ts';

type Method = (this: object, ...args: never[]) => unknown;
type Methods = Record<string, Method>;

export function cellOf(machine: string, state: unknown, event: unknown): readonly [string, string, string] {
  switch (machine) {
    case 'sdk.connection':
      return [machine, (state as { phase: string }).phase, event as string];
    case 'sdk.loss':
      return ['sdk.connection', (state as { phase: string }).phase, LOSSES[event as string] as string];
    case 'sdk.room':
      return [machine, (state as RoomSnapshot).phase, roomEvent(state as RoomSnapshot, event as RoomEvent)];
    default:
      return [machine, (state as { name: string }).name, (event as { type: string }).type];
  }
}

const LOSSES: Readonly<Record<string, string>> = { backoff: 'lost', never: 'refused', 'after-auth': 'token refused' };

function roomEvent(state: RoomSnapshot, event: RoomEvent): string {
  if (event.type !== 'refused') return event.type;
  const isFinal = event.retry === 'never';
  if (event.ref === undefined) return isFinal ? 'removed' : 'removed for now';
  if (event.ref !== state.ref) return 'refused, an older join';
  return isFinal ? 'refused for good' : 'refused for now';
}

/** Wraps the methods of a class so that `see` is called before each. */
function before(watched: unknown, seers: Readonly<Record<string, (self: never, ...args: never[]) => void>>): void {
  const prototype = (watched as { prototype: Methods }).prototype;
  for (const [name, see] of Object.entries(seers)) {
    const original = prototype[name];
    if (original === undefined) throw new Error(`there is no method ${name} any more`);
    prototype[name] = function (...args) {
      see(this as never, ...args);
      return original.apply(this, args);
    };
  }
}

export function watchClass(name: string, watched: unknown, coverage: Coverage): void {
  if (name === 'OutboxState') watchOutbox(watched, coverage);
  if (name === 'Room') watchRoom(watched, coverage);
  if (name === 'Membership') watchMembership(watched, coverage);
}

interface OutboxItem {
  readonly phase: string;
  readonly record: { readonly key: string; readonly frame: { readonly room: string } };
}

function watchOutbox(watched: unknown, coverage: Coverage): void {
  const see = (item: OutboxItem, event: string): void => coverage.count('sdk.outbox', item.phase, event);
  const all = (event: string) => (outbox: { records: OutboxItem[] }) => {
    for (const item of outbox.records) see(item, event);
  };
  let isAnswering = false;
  before(watched, {
    saved: (outbox: { records: OutboxItem[] }, keys?: readonly string[]) => {
      for (const item of outbox.records) if (keys?.includes(item.record.key) !== false) see(item, 'saved');
    },
    take: (_outbox: object, items: readonly OutboxItem[]) => {
      for (const item of items) see(item, 'claimed');
    },
    open: all('line opened'),
    lost: (outbox: { records: OutboxItem[] }, isSuspect: boolean) =>
      all(isSuspect ? 'line lost, suspect' : 'line lost')(outbox),
    rested: (outbox: { records: OutboxItem[] }, room: string) => {
      for (const item of outbox.records) if (item.record.frame.room === room) see(item, 'room rested');
    },
    answered: (_outbox: object, item: OutboxItem, retry: string, outcome: { readonly code?: string }) => {
      see(item, retry !== 'never' ? 'refused for now' : outcome.code === undefined ? 'stored' : 'refused for good');
      isAnswering = retry === 'never';
    },
    end: (_outbox: object, item: OutboxItem) => {
      if (!isAnswering) see(item, 'ended here');
      isAnswering = false;
    },
  });
}

function watchRoom(watched: unknown, coverage: Coverage): void {
  const closed = new WeakSet<object>();
  const as = (event: string) => (room: { readonly isOpen: boolean }) =>
    coverage.count('server.room', closed.has(room) ? 'closed' : room.isOpen ? 'open' : 'opening', event);
  before(watched, {
    open: as('open'),
    close: (room: { readonly isOpen: boolean }) => {
      as('close')(room);
      closed.add(room);
    },
    onEntries: as('entries'),
    onSignal: as('signal'),
    doubtWhenOpen: as('doubt'),
    enter: as('enter'),
    leave: (room: { readonly isOpen: boolean }, { phase }: { readonly phase: string }) => {
      as('leave')(room);
      coverage.count('server.membership', phase, 'leave');
    },
    markDirty: as('dirty'),
    compare: as('compare'),
  });
}

interface Member {
  readonly phase: string;
  readonly member: { readonly isWritable: boolean };
}

function watchMembership(watched: unknown, coverage: Coverage): void {
  const see = ({ phase }: Member, event: string): void => coverage.count('server.membership', phase, event);
  before(watched, {
    take: (membership: Member, step: { readonly kind: string }) =>
      see(membership, membership.member.isWritable ? step.kind : 'not writable'),
    turnLive: (membership: Member) => see(membership, 'turn live'),
    fallBehind: (membership: Member) => see(membership, 'fall behind'),
  });
}
