// What a planted violation is, and the questions and edits of histories with which one is planted.

import type { SeededRandom } from '../seeded-random.ts';
import type { CheckOptions } from './check-history.ts';
import { idOf } from './good-log.kit.ts';
import type {
  FaultStarted,
  GapTold,
  HistoryEvent,
  MessageDelivered,
  PublishInvoked,
  PublishStored,
  StreamEntry,
  StreamRead,
} from './history-event.ts';
import type { ShownRule } from './rules.ts';

export interface PlantedFault {
  readonly what: string;
  readonly rule: ShownRule;
  readonly options?: Partial<CheckOptions>;
  /** The events with one thing wrong, in order; places on the time line are given anew afterwards. */
  readonly plant: (events: readonly HistoryEvent[], random: SeededRandom) => HistoryEvent[] | null;
}

type Kind = HistoryEvent['kind'];
export type Of<K extends Kind> = Extract<HistoryEvent, { kind: K }>;

export const is =
  <K extends Kind>(kind: K) =>
  (event: HistoryEvent): event is Of<K> =>
    event.kind === kind;

export const countOf = (id: string): number => Number(id.split('-')[1]);
export const finalRead = (events: readonly HistoryEvent[]): StreamRead =>
  events.findLast((event): event is StreamRead => event.kind === 'stream-read' && event.final)!;

/** What one session saw and went through in the room, in order. */
export const seenBy = (events: readonly HistoryEvent[], session: string): HistoryEvent[] =>
  events.filter((event) => 'session' in event && event.session === session && !event.kind.startsWith('publish'));

export const isEnded = (events: readonly HistoryEvent[], session: string): boolean =>
  events.some((event) => event.kind === 'session-ended' && event.session === session);

export const livingSessions = (events: readonly HistoryEvent[]): string[] =>
  events.filter(is('session-started')).flatMap(({ session }) => (isEnded(events, session) ? [] : [session]));

export const without = (events: readonly HistoryEvent[], gone: HistoryEvent | undefined): HistoryEvent[] | null =>
  gone === undefined ? null : events.filter((event) => event !== gone);

export const replaced = (
  events: readonly HistoryEvent[],
  old: HistoryEvent | undefined,
  ...fresh: HistoryEvent[]
): HistoryEvent[] | null => (old === undefined ? null : events.flatMap((event) => (event === old ? fresh : [event])));

export const inserted = (
  events: readonly HistoryEvent[],
  after: HistoryEvent | undefined,
  ...fresh: HistoryEvent[]
): HistoryEvent[] | null => (after === undefined ? null : replaced(events, after, after, ...fresh));

export function pick<T>(items: readonly T[], random: SeededRandom): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

export interface Triple {
  readonly before: HistoryEvent;
  readonly event: MessageDelivered;
  readonly after: MessageDelivered;
}

/** Deliveries with what the same session had directly before and after, nothing else in between. */
export const triples = (events: readonly HistoryEvent[]): Triple[] =>
  events.filter(is('session-started')).flatMap(({ session }) => {
    const seen = seenBy(events, session);
    return seen.flatMap((event, i) => {
      const [before, after] = [seen[i - 1], seen[i + 1]];
      if (event.kind !== 'message-delivered' || after?.kind !== 'message-delivered' || before === undefined) return [];
      return countOf(after.id) === countOf(event.id) + 1 ? [{ before, event, after }] : [];
    });
  });

export const isQuiet = ({ before, event, after }: Triple): boolean =>
  before.kind === 'message-delivered' &&
  before.replayed === event.replayed &&
  event.replayed === after.replayed &&
  countOf(before.id) === countOf(event.id) - 1;

export const gapsOf = (events: readonly HistoryEvent[], reason: GapTold['reason']): GapTold[] =>
  events.filter(is('gap-told')).filter((gap) => gap.reason === reason);

export const controlsOf = (events: readonly HistoryEvent[]): Set<string> =>
  new Set(
    events
      .filter(is('stream-read'))
      .flatMap(({ entries }) => entries)
      .filter(({ isControl }) => isControl)
      .map(({ id, messageId }) => `${id}~${messageId}`),
  );

/** Gaps that a member learned from the note in the stream. */
export const toldByControl = (events: readonly HistoryEvent[]): GapTold[] => {
  const controls = controlsOf(events);
  return gapsOf(events, 'rewritten').filter((gap) => controls.has(gap.next) && gap.from !== idOf(gap.next));
};

/** Gaps that a member learned because where it stood was gone. */
export const toldByReading = (events: readonly HistoryEvent[]): GapTold[] =>
  gapsOf(events, 'rewritten').filter((gap) => gap.from === idOf(gap.next));

export const laterOf = (events: readonly HistoryEvent[], event: HistoryEvent & { session: string }): HistoryEvent[] => {
  const seen = seenBy(events, event.session);
  return seen.slice(seen.indexOf(event) + 1);
};

/** The session went on after this event, to the end of the run or to a message. */
export const goesOn = (events: readonly HistoryEvent[], event: HistoryEvent & { session: string }): boolean =>
  laterOf(events, event)[0]?.kind === 'message-delivered';

export const withRead = (events: readonly HistoryEvent[], change: (read: StreamRead) => StreamRead): HistoryEvent[] => {
  const read = finalRead(events);
  return events.map((event) => (event === read ? change(read) : event));
};

/** The stream grew by one entry at its end, and everybody got it. */
export function appended(
  events: readonly HistoryEvent[],
  fresh: Pick<StreamEntry, 'messageId' | 'digest' | 'sender'>,
): HistoryEvent[] {
  const read = finalRead(events);
  const previous = read.position!;
  const id = `${previous.split('-')[0]}-${countOf(idOf(previous)) + 1}`;
  const entry = { ...fresh, id, previous, isControl: false };
  const delivered = livingSessions(events).map((session): MessageDelivered => ({
    kind: 'message-delivered',
    seq: 0,
    atMs: read.atMs,
    session,
    room: read.room,
    id,
    messageId: fresh.messageId,
    digest: fresh.digest,
    replayed: false,
  }));
  const grown = { ...read, position: `${id}~${fresh.messageId}`, entries: [...read.entries, entry] };
  return events.flatMap((event) => (event === read ? [...delivered, grown] : [event]));
}

/** The newest acknowledged message is in no stream any more, and nobody ever got it. */
export function forgotten(events: readonly HistoryEvent[]): { events: HistoryEvent[]; message: PublishStored } | null {
  const read = finalRead(events);
  const last = read.entries.at(-1);
  const message = events.filter(is('publish-stored')).find(({ id }) => id === last?.id);
  if (last === undefined || message === undefined || read.entries.length < 2) return null;
  const rest = events.filter(
    (event) =>
      !(event.kind === 'message-delivered' && event.id === last.id) &&
      !(event.kind === 'gap-told' && idOf(event.next) === last.id),
  );
  return {
    message,
    events: withRead(rest, (one) => ({ ...one, entries: one.entries.slice(0, -1), position: last.previous })),
  };
}

export const withFaults = (
  events: readonly HistoryEvent[],
  change: (fault: FaultStarted) => FaultStarted | null,
): HistoryEvent[] =>
  events.flatMap((event): HistoryEvent[] => {
    if (event.kind !== 'fault-started') return [event];
    const changed = change(event);
    return changed === null ? [] : [changed];
  });

/** A fault just before the end, after everything else. */
export function failedOver(events: readonly HistoryEvent[], mayLose: boolean): HistoryEvent[] {
  const read = finalRead(events);
  const base = { seq: 0, atMs: read.atMs, faultId: 999 };
  const fault = {
    ...base,
    kind: 'fault-started',
    fault: 'redis-killed',
    target: 'redis',
    detail: { mayLose },
  } as const;
  return events.flatMap((event) => (event === read ? [fault, { ...base, kind: 'fault-healed' }, read] : [event]));
}

/** Publishes of living pages whose entry the last read holds. */
export const keptMessages = (events: readonly HistoryEvent[]): PublishStored[] => {
  const kept = new Set(finalRead(events).entries.map(({ id }) => id));
  return events.filter(is('publish-stored')).filter(({ id }) => kept.has(id));
};

export const invokedOf = (events: readonly HistoryEvent[], messageId: string): PublishInvoked =>
  events.find((event): event is PublishInvoked => event.kind === 'publish-invoked' && event.messageId === messageId)!;
