// Violations planted in what publishers did and were answered: see planted-faults.kit.ts.

import { compareIds } from './good-log.kit.ts';
import {
  is,
  finalRead,
  isEnded,
  livingSessions,
  without,
  replaced,
  inserted,
  pick,
  withRead,
  appended,
  forgotten,
  withFaults,
  failedOver,
  keptMessages,
  invokedOf,
  type PlantedFault,
} from './history-edits.kit.ts';

export const PLANTED_IN_PUBLISHES: readonly PlantedFault[] = [
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
];
