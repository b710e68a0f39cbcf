// Violations, each planted in a good history: a function that takes the events and returns them with one thing wrong,
// or null where the history has no place for it. The checker must find it and blame the rule that is named here.

import type { SeededRandom } from '../seeded-random.ts';
import type { CheckOptions } from './check-history.ts';
import { compareIds, idOf } from './good-history.kit.ts';
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
type Of<K extends Kind> = Extract<HistoryEvent, { kind: K }>;

const is =
  <K extends Kind>(kind: K) =>
  (event: HistoryEvent): event is Of<K> =>
    event.kind === kind;

const countOf = (id: string): number => Number(id.split('-')[1]);
const finalRead = (events: readonly HistoryEvent[]): StreamRead =>
  events.findLast((event): event is StreamRead => event.kind === 'stream-read' && event.final)!;

/** What one session saw and went through in the room, in order. */
const seenBy = (events: readonly HistoryEvent[], session: string): HistoryEvent[] =>
  events.filter((event) => 'session' in event && event.session === session && !event.kind.startsWith('publish'));

const isEnded = (events: readonly HistoryEvent[], session: string): boolean =>
  events.some((event) => event.kind === 'session-ended' && event.session === session);

const livingSessions = (events: readonly HistoryEvent[]): string[] =>
  events.filter(is('session-started')).flatMap(({ session }) => (isEnded(events, session) ? [] : [session]));

const without = (events: readonly HistoryEvent[], gone: HistoryEvent | undefined): HistoryEvent[] | null =>
  gone === undefined ? null : events.filter((event) => event !== gone);

const replaced = (
  events: readonly HistoryEvent[],
  old: HistoryEvent | undefined,
  ...fresh: HistoryEvent[]
): HistoryEvent[] | null => (old === undefined ? null : events.flatMap((event) => (event === old ? fresh : [event])));

const inserted = (
  events: readonly HistoryEvent[],
  after: HistoryEvent | undefined,
  ...fresh: HistoryEvent[]
): HistoryEvent[] | null => (after === undefined ? null : replaced(events, after, after, ...fresh));

function pick<T>(items: readonly T[], random: SeededRandom): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

interface Triple {
  readonly before: HistoryEvent;
  readonly event: MessageDelivered;
  readonly after: MessageDelivered;
}

/** Deliveries with what the same session had directly before and after, nothing else in between. */
const triples = (events: readonly HistoryEvent[]): Triple[] =>
  events.filter(is('session-started')).flatMap(({ session }) => {
    const seen = seenBy(events, session);
    return seen.flatMap((event, i) => {
      const [before, after] = [seen[i - 1], seen[i + 1]];
      if (event.kind !== 'message-delivered' || after?.kind !== 'message-delivered' || before === undefined) return [];
      return countOf(after.id) === countOf(event.id) + 1 ? [{ before, event, after }] : [];
    });
  });

const isQuiet = ({ before, event, after }: Triple): boolean =>
  before.kind === 'message-delivered' &&
  before.replayed === event.replayed &&
  event.replayed === after.replayed &&
  countOf(before.id) === countOf(event.id) - 1;

const gapsOf = (events: readonly HistoryEvent[], reason: GapTold['reason']): GapTold[] =>
  events.filter(is('gap-told')).filter((gap) => gap.reason === reason);

const controlsOf = (events: readonly HistoryEvent[]): Set<string> =>
  new Set(
    events
      .filter(is('stream-read'))
      .flatMap(({ entries }) => entries)
      .filter(({ isControl }) => isControl)
      .map(({ id, messageId }) => `${id}~${messageId}`),
  );

/** Gaps that a member learned from the note in the stream. */
const toldByControl = (events: readonly HistoryEvent[]): GapTold[] => {
  const controls = controlsOf(events);
  return gapsOf(events, 'rewritten').filter((gap) => controls.has(gap.next) && gap.from !== idOf(gap.next));
};

/** Gaps that a member learned because where it stood was gone. */
const toldByReading = (events: readonly HistoryEvent[]): GapTold[] =>
  gapsOf(events, 'rewritten').filter((gap) => gap.from === idOf(gap.next));

const laterOf = (events: readonly HistoryEvent[], event: HistoryEvent & { session: string }): HistoryEvent[] => {
  const seen = seenBy(events, event.session);
  return seen.slice(seen.indexOf(event) + 1);
};

/** The session went on after this event, to the end of the run or to a message. */
const goesOn = (events: readonly HistoryEvent[], event: HistoryEvent & { session: string }): boolean =>
  laterOf(events, event)[0]?.kind === 'message-delivered';

const withRead = (events: readonly HistoryEvent[], change: (read: StreamRead) => StreamRead): HistoryEvent[] => {
  const read = finalRead(events);
  return events.map((event) => (event === read ? change(read) : event));
};

/** The stream grew by one entry at its end, and everybody got it. */
function appended(
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
function forgotten(events: readonly HistoryEvent[]): { events: HistoryEvent[]; message: PublishStored } | null {
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

const withFaults = (
  events: readonly HistoryEvent[],
  change: (fault: FaultStarted) => FaultStarted | null,
): HistoryEvent[] =>
  events.flatMap((event): HistoryEvent[] => {
    if (event.kind !== 'fault-started') return [event];
    const changed = change(event);
    return changed === null ? [] : [changed];
  });

/** A fault just before the end, after everything else. */
function failedOver(events: readonly HistoryEvent[], mayLose: boolean): HistoryEvent[] {
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
const keptMessages = (events: readonly HistoryEvent[]): PublishStored[] => {
  const kept = new Set(finalRead(events).entries.map(({ id }) => id));
  return events.filter(is('publish-stored')).filter(({ id }) => kept.has(id));
};

const invokedOf = (events: readonly HistoryEvent[], messageId: string): PublishInvoked =>
  events.find((event): event is PublishInvoked => event.kind === 'publish-invoked' && event.messageId === messageId)!;

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    what: 'two neighbours are delivered in the other order',
    rule: 'G1.1',
    plant(events, random) {
      const found = pick(triples(events).filter(isQuiet), random);
      if (found === undefined) return null;
      const { event, after } = found;
      return events.map((one) => (one === event ? after : one === after ? event : one));
    },
  },
  {
    what: 'one session published two messages in the other order than they are stored in',
    rule: 'G1.2',
    plant(events) {
      const stored = keptMessages(events).filter(({ duplicate }) => !duplicate);
      for (const first of stored) {
        const second = stored.find(({ session, id }) => session === first.session && compareIds(id, first.id) > 0);
        if (second === undefined) continue;
        const [a, b] = [invokedOf(events, first.messageId), invokedOf(events, second.messageId)];
        if (a.session !== first.session || b.session !== second.session) continue;
        return events.map((event) => (event === a ? b : event === b ? a : event));
      }
      return null;
    },
  },
  {
    what: 'the first live message after catching up is missing',
    rule: 'G1.3',
    plant(events, random) {
      const steps = triples(events).filter(
        ({ before, event, after }) =>
          before.kind === 'message-delivered' &&
          before.replayed &&
          !event.replayed &&
          !after.replayed &&
          countOf(before.id) === countOf(event.id) - 1,
      );
      return without(events, pick(steps, random)?.event);
    },
  },
  {
    what: 'the last message of catching up comes again as a live one',
    rule: 'G1.3',
    plant(events, random) {
      const replayed = events.filter(is('message-delivered')).filter((event) => event.replayed);
      const last = pick(
        replayed.filter((event) => laterOf(events, event).find(is('message-delivered'))?.replayed === false),
        random,
      );
      return last === undefined ? null : inserted(events, last, { ...last, replayed: false });
    },
  },
  {
    what: 'an acknowledgement names an ID that no stream ever had',
    rule: 'G2.1',
    plant(events, random) {
      const ack = pick(keptMessages(events), random);
      if (ack === undefined) return null;
      const harmless = withFaults(events, (fault) => ({ ...fault, detail: { mayLose: false } }));
      return replaced(harmless, ack, { ...ack, id: `${ack.id.split('-')[0]}-999999` });
    },
  },
  {
    what: 'an acknowledgement names another ID than the stream, and Redis may lose what it confirmed',
    rule: 'G2.1',
    plant(events, random) {
      const ack = pick(keptMessages(events), random);
      return ack === undefined ? null : replaced(failedOver(events, true), ack, { ...ack, id: `${ack.id}7` });
    },
  },
  {
    what: 'an acknowledged message is missing, and nothing ever happened to the system',
    rule: 'G2.1',
    plant: (events) => {
      const rest = forgotten(events)?.events;
      return rest === undefined ? null : withFaults(rest, () => null);
    },
  },
  {
    what: 'an acknowledged message is stored with other content',
    rule: 'G2.1',
    plant(events, random) {
      const { messageId } = pick(keptMessages(events), random) ?? {};
      if (messageId === undefined) return null;
      return events.map((event) =>
        event.kind !== 'stream-read'
          ? event
          : {
              ...event,
              entries: event.entries.map((entry) =>
                entry.messageId === messageId ? { ...entry, digest: 'other' } : entry,
              ),
            },
      );
    },
  },
  {
    what: 'a publish of a page that lives never gets an answer',
    rule: 'G2.2',
    plant(events, random) {
      const alive = new Set(livingSessions(events));
      const acks = events.filter(is('publish-stored')).filter(({ session }) => alive.has(session));
      const own = acks.filter(({ session, messageId }) => invokedOf(events, messageId).session === session);
      return without(events, pick(own, random));
    },
  },
  {
    what: 'what a page left in its outbox is not sent after the reload',
    rule: 'G2.2',
    plant(events) {
      const heir = events
        .filter(is('session-started'))
        .findLast(({ after, session }) => after !== null && !isEnded(events, session));
      const ended = events.find((event) => event.kind === 'session-ended' && event.session === heir?.after);
      if (!heir?.after || ended === undefined) return null;
      const base = { seq: 0, atMs: ended.atMs, session: heir.after, room: 'lobby', messageId: 'left-behind' };
      return replaced(
        events,
        ended,
        { ...base, kind: 'publish-invoked', producer: heir.producer, digest: 'x' },
        { ...base, kind: 'publish-kept' },
        ended,
      );
    },
  },
  {
    what: 'what a dead tab left in the outbox is not sent by the living one',
    rule: 'G2.6',
    plant(events) {
      const base = { seq: 0, atMs: 0 };
      const page = {
        ...base,
        kind: 'session-started',
        producer: 'tabs',
        user: 'dora',
        runtime: 'simulated',
        after: null,
      } as const;
      const message = { ...base, session: 'tab-1', room: 'lobby', messageId: 'left-behind' };
      return [
        { ...page, session: 'tab-1' },
        { ...page, session: 'tab-2' },
        { ...message, kind: 'publish-invoked', producer: 'tabs', digest: 'x' },
        { ...message, kind: 'publish-kept' },
        { ...base, kind: 'session-ended', session: 'tab-1', how: 'crashed' },
        ...events,
      ];
    },
  },
  {
    what: 'a member that comes back does not get all that is kept',
    rule: 'G2.3',
    plant(events, random) {
      const kept = new Set(finalRead(events).entries.map(({ id }) => id));
      const found = triples(events).filter(({ before, event, after }) => {
        const isBack = before.kind === 'room-state' || before.kind === 'connection-state';
        return isBack && kept.has(event.id) && event.replayed && after.replayed;
      });
      return without(events, pick(found, random)?.event);
    },
  },
  {
    what: 'a member is stuck on the way and never catches up',
    rule: 'G2.3',
    plant(events) {
      for (const session of livingSessions(events)) {
        const seen = seenBy(events, session);
        const live = seen.findLast((event) => event.kind === 'room-state');
        if (live?.kind !== 'room-state' || live.state !== 'live') continue;
        const rest = laterOf(events, live);
        const [last, before] = [seen.at(-1), seen.at(-2)];
        if (rest.length > 0 || before?.kind !== 'message-delivered' || last !== live) continue;
        return events.filter((event) => event !== live && event !== before);
      }
      return null;
    },
  },
  {
    what: 'Redis keeps what it confirmed, and an acknowledged message is missing after its restart',
    rule: 'G2.4',
    plant: (events) => {
      const found = forgotten(events);
      if (found === null) return null;
      const harmless = withFaults(found.events, (fault) => ({ ...fault, detail: { mayLose: false } }));
      return failedOver(harmless, false);
    },
  },
  {
    what: "a message is stored as another user's",
    rule: 'G2.5',
    plant: (events, random) => {
      const { messageId } = pick(keptMessages(events), random) ?? {};
      if (messageId === undefined) return null;
      return withRead(events, (read) => ({
        ...read,
        entries: read.entries.map((entry) => (entry.messageId === messageId ? { ...entry, sender: 'mallory' } : entry)),
      }));
    },
  },
  {
    what: 'a message is stored twice, and everybody gets it twice',
    rule: 'G3.1',
    plant(events) {
      const first = finalRead(events).entries.findLast((entry) => !entry.isControl);
      return first === undefined ? null : appended(events, first);
    },
  },
  {
    what: 'a message is acknowledged twice, each time as the first',
    rule: 'G3.1',
    plant(events, random) {
      const ack = pick(
        keptMessages(events).filter(({ duplicate }) => !duplicate),
        random,
      );
      return ack === undefined ? null : inserted(events, ack, ack);
    },
  },
  {
    what: 'a message is acknowledged again at another ID',
    rule: 'G3.1',
    plant(events) {
      const [first, second] = keptMessages(events);
      return first === undefined || second === undefined
        ? null
        : inserted(events, second, { ...first, id: second.id, duplicate: true });
    },
  },
  {
    what: 'a message is delivered twice',
    rule: 'G3.2',
    plant(events, random) {
      const found = pick(triples(events).filter(isQuiet), random);
      return found === undefined ? null : inserted(events, found.event, found.event);
    },
  },
  {
    what: 'a message comes again behind a rewrite',
    rule: 'G3.2',
    plant(events) {
      const reads = events.filter(is('stream-read'));
      for (const gap of toldByReading(events)) {
        const entry = reads.find(({ seq }) => seq > gap.seq)?.entries.find(({ previous }) => previous === gap.next);
        const seen = events.find(
          (event) =>
            event.kind === 'message-delivered' && event.session === gap.session && event.messageId === entry?.messageId,
        );
        if (entry === undefined || seen === undefined || seen.kind !== 'message-delivered' || seen.seq > gap.seq)
          continue;
        return inserted(events, gap, { ...seen, id: entry.id, replayed: true });
      }
      return null;
    },
  },
  {
    what: 'the same message ID is stored with two contents',
    rule: 'G3.3',
    plant(events) {
      const first = finalRead(events).entries.findLast((entry) => !entry.isControl);
      if (first === undefined) return null;
      const invoked = invokedOf(events, first.messageId);
      return inserted(appended(events, { ...first, digest: 'other' }), invoked, { ...invoked, digest: 'other' });
    },
  },
  {
    what: 'a message ends as stored and as unknown',
    rule: 'G3.5',
    plant(events, random) {
      const ack = pick(events.filter(is('publish-stored')), random);
      if (ack === undefined) return null;
      const { seq, atMs, session, room, messageId } = ack;
      return inserted(events, ack, {
        kind: 'publish-unknown',
        seq,
        atMs,
        session,
        room,
        messageId,
        code: 'beyond_window',
      });
    },
  },
  {
    what: 'a stored message is refused when it is sent again',
    rule: 'G3.6',
    plant(events, random) {
      const ack = pick(keptMessages(events), random);
      if (ack === undefined) return null;
      const { seq, atMs, session, room, messageId } = ack;
      return inserted(events, ack, {
        kind: 'publish-rejected',
        seq,
        atMs,
        session,
        room,
        messageId,
        code: 'forbidden',
      });
    },
  },
  {
    what: 'a message is missing in the middle, without a gap',
    rule: 'G4.1',
    plant: (events, random) => without(events, pick(triples(events).filter(isQuiet), random)?.event),
  },
  {
    what: 'a gap is told of what is kept',
    rule: 'G4.1',
    plant(events, random) {
      const kept = new Set(finalRead(events).entries.map(({ id }) => id));
      const found = pick(
        triples(events).filter((triple) => isQuiet(triple) && kept.has(triple.event.id)),
        random,
      );
      if (found?.before.kind !== 'message-delivered') return null;
      const { before, event } = found;
      const { seq, atMs, session, room } = event;
      const range = { from: before.id, to: event.id, missed: 1, next: `${event.id}~${event.messageId}` };
      return replaced(events, event, { kind: 'gap-told', seq, atMs, session, room, reason: 'trimmed', ...range });
    },
  },
  {
    what: 'a member is told that all is lost, and where it stands is kept',
    rule: 'G4.1',
    plant(events) {
      const session = livingSessions(events)[0];
      const last = events.filter(is('message-delivered')).findLast((event) => event.session === session);
      const { position } = finalRead(events);
      if (last === undefined || `${last.id}~${last.messageId}` !== position) return null;
      const { seq, atMs, room } = last;
      const range = { from: last.id, to: null, missed: null, next: position };
      return inserted(events, last, {
        kind: 'gap-told',
        seq,
        atMs,
        session: last.session,
        room,
        reason: 'lost',
        ...range,
      });
    },
  },
  {
    what: 'a gap is told after the message that follows it',
    rule: 'G4.1',
    plant(events, random) {
      const gap = pick(
        gapsOf(events, 'trimmed').filter((one) => goesOn(events, one)),
        random,
      );
      if (gap === undefined) return null;
      const next = laterOf(events, gap)[0]!;
      return events.map((event) => (event === gap ? next : event === next ? gap : event));
    },
  },
  {
    what: 'a gap of trimmed entries is not told',
    rule: 'G4.1',
    plant(events, random) {
      const gaps = gapsOf(events, 'trimmed').filter((gap) => {
        const seen = seenBy(events, gap.session);
        const isContinuous = seen[seen.indexOf(gap) - 1]?.kind === 'message-delivered' || seen.indexOf(gap) > 2;
        return isContinuous && goesOn(events, gap) && gap.from !== '0-0';
      });
      return without(events, pick(gaps, random));
    },
  },
  {
    what: 'a gap names one more than is missing',
    rule: 'G4.2',
    plant(events, random) {
      const gap = pick(gapsOf(events, 'trimmed'), random);
      return gap === undefined ? null : replaced(events, gap, { ...gap, missed: gap.missed! + 1 });
    },
  },
  {
    what: 'a gap begins elsewhere than where the member stood',
    rule: 'G4.2',
    plant(events, random) {
      const gap = pick(gapsOf(events, 'trimmed'), random);
      if (gap === undefined) return null;
      const [ms, n] = gap.from.split('-').map(Number) as [number, number];
      return replaced(events, gap, { ...gap, from: `${ms}-${n + 1}`, missed: gap.missed! - 1 });
    },
  },
  {
    what: 'entries removed from the middle are told as trimmed',
    rule: 'G4.2',
    plant(events) {
      const reads = events.filter(is('stream-read'));
      const gap = gapsOf(events, 'deleted').find((one) => {
        const read = reads.find(({ seq }) => seq > one.seq);
        return read?.entries[0] !== undefined && compareIds(read.entries[0].id, one.from) <= 0;
      });
      return gap === undefined ? null : replaced(events, gap, { ...gap, reason: 'trimmed' });
    },
  },
  {
    what: 'a gap is told as expired in a room without an age',
    rule: 'G4.3',
    options: { retention: { count: 60, ageMs: null } },
    plant(events, random) {
      const gap = pick(gapsOf(events, 'trimmed'), random);
      return gap === undefined ? null : replaced(events, gap, { ...gap, reason: 'expired' });
    },
  },
  {
    what: 'all is lost, and a member is not told',
    rule: 'G4.4',
    plant(events, random) {
      const gaps = gapsOf(events, 'lost').filter((gap) => {
        const fault = events.filter(is('fault-started')).findLast(({ seq }) => seq < gap.seq);
        return fault?.fault === 'flushall' && goesOn(events, gap);
      });
      return without(events, pick(gaps, random));
    },
  },
  {
    what: 'history is replaced, and a member is not told',
    rule: 'G4.5',
    plant(events, random) {
      const controls = controlsOf(events);
      const gaps = toldByReading(events).filter((gap) => goesOn(events, gap) && !controls.has(gap.next));
      return without(events, pick(gaps, random));
    },
  },
  {
    what: 'the gap of a rewrite names too few',
    rule: 'G4.5',
    plant(events, random) {
      const gap = pick(toldByReading(events), random);
      return gap === undefined ? null : replaced(events, gap, { ...gap, missed: gap.missed! - 1 });
    },
  },
  {
    what: 'the gap of a rewrite ends before where the member stood',
    rule: 'G4.5',
    plant(events, random) {
      const gap = pick(
        toldByReading(events).filter(({ missed }) => missed! > 1),
        random,
      );
      if (gap === undefined) return null;
      return replaced(events, gap, {
        ...gap,
        to: `${gap.to!.split('-')[0]}-${countOf(gap.to!) - 1}`,
        missed: gap.missed! - 1,
      });
    },
  },
  {
    what: 'trimmed entries are told as deleted by hand',
    rule: 'G4.6',
    plant(events, random) {
      const calm = withFaults(events, (fault) =>
        fault.fault === 'entries-deleted' || fault.fault === 'flushall' ? null : fault,
      );
      const gaps = gapsOf(calm, 'trimmed').filter((gap) =>
        calm.some((event) => event.kind === 'stream-read' && event.seq > gap.seq),
      );
      const gap = pick(gaps, random);
      return gap === undefined ? null : replaced(calm, gap, { ...gap, reason: 'deleted' });
    },
  },
  {
    what: 'a gap is told twice',
    rule: 'G4.7',
    plant(events, random) {
      const gap = pick(
        [...gapsOf(events, 'trimmed'), ...gapsOf(events, 'deleted')].filter((one) => goesOn(events, one)),
        random,
      );
      return gap === undefined ? null : inserted(events, gap, gap);
    },
  },
  {
    what: 'the gap of a rewrite is told twice',
    rule: 'G4.7',
    plant(events, random) {
      const gap = pick(toldByReading(events), random);
      return gap === undefined ? null : inserted(events, gap, gap);
    },
  },
  {
    what: 'a member that was away passes the note of a rewrite and is not told',
    rule: 'G4.8',
    plant(events, random) {
      const first = toldByControl(events).filter((gap) => {
        const seen = seenBy(events, gap.session);
        const isFirst = !seen
          .slice(0, seen.indexOf(gap))
          .some((event) => event.kind === 'gap-told' && event.to !== null);
        return isFirst && goesOn(events, gap);
      });
      return without(events, pick(first, random));
    },
  },
  {
    what: 'a member that was told of a rewrite is told again by the note',
    rule: 'G4.8',
    plant(events) {
      const reads = events.filter(is('stream-read'));
      const controls = new Map(
        reads
          .flatMap(({ entries }) => entries)
          .flatMap((entry) => (entry.isControl ? [[entry.previous, entry] as const] : [])),
      );
      for (const gap of toldByReading(events)) {
        const entry = controls.get(gap.next);
        const next = laterOf(events, gap)[0];
        if (entry?.rewrite === undefined || next?.kind !== 'message-delivered') continue;
        const [from, to] = [idOf(entry.rewrite.fork), idOf(entry.rewrite.head)];
        const told = { ...gap, from, to, missed: countOf(to) - countOf(from), next: `${entry.id}~${entry.messageId}` };
        return inserted(events, gap, told);
      }
      return null;
    },
  },
  {
    what: 'an acknowledged message is lost in a failover, and its sender is not told',
    rule: 'G4.8',
    plant: (events) => {
      const rest = forgotten(events)?.events;
      return rest === undefined ? null : failedOver(rest, true);
    },
  },
  {
    what: 'after a fault the members are never whole again',
    rule: 'G5.1',
    plant: (events, random) => without(events, pick(events.filter(is('fault-healed')), random)),
  },
  {
    what: 'a live member never gets the last message of a quiet room',
    rule: 'G5.2',
    plant(events) {
      const { position } = finalRead(events);
      const alive = livingSessions(events);
      const last = events
        .filter(is('message-delivered'))
        .find(({ id, messageId, session }) => `${id}~${messageId}` === position && alive.includes(session));
      if (last === undefined) return null;
      const states = seenBy(events, last.session).filter(is('room-state'));
      return states.at(-1)?.state === 'live' ? without(events, last) : null;
    },
  },
  {
    what: 'a silent subscriber is replaced too late',
    rule: 'G5.3',
    options: { deadlines: { cut: { rule: 'G5.3', withinMs: 500 } } },
    plant(events) {
      const fault = events.filter(is('fault-started')).find((event) => event.fault === 'cut');
      const healed = events.find((event) => event.kind === 'fault-healed' && event.faultId === fault?.faultId);
      return healed === undefined ? null : replaced(events, healed, { ...healed, atMs: healed.atMs + 5000 });
    },
  },
  {
    what: 'a message is refused, and stored all the same',
    rule: 'G6.1',
    plant(events, random) {
      const ack = pick(keptMessages(events), random);
      if (ack === undefined) return null;
      const { seq, atMs, session, room, messageId } = ack;
      return replaced(events, ack, {
        kind: 'publish-rejected',
        seq,
        atMs,
        session,
        room,
        messageId,
        code: 'forbidden',
      });
    },
  },
  {
    what: 'a message is delivered that nobody published',
    rule: 'G6.2',
    plant: (events) => appended(events, { messageId: 'phantom', digest: 'x', sender: 'alice' }),
  },
  {
    what: 'a message is delivered with other content',
    rule: 'G6.2',
    plant(events, random) {
      const found = pick(events.filter(is('message-delivered')), random);
      return found === undefined ? null : replaced(events, found, { ...found, digest: 'other' });
    },
  },
];
