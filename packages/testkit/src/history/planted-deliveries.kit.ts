// Violations planted in what members were given, and when: see planted-faults.kit.ts.

import {
  is,
  countOf,
  finalRead,
  seenBy,
  livingSessions,
  without,
  replaced,
  inserted,
  pick,
  triples,
  isQuiet,
  toldByReading,
  laterOf,
  appended,
  type PlantedFault,
} from './history-edits.kit.ts';

export const PLANTED_IN_DELIVERIES: readonly PlantedFault[] = [
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
