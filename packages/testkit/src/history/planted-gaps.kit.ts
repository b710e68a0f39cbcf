// Violations planted in the gaps that members were told: see planted-faults.kit.ts.

import { compareIds, idOf } from './good-log.kit.ts';
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
  gapsOf,
  controlsOf,
  toldByControl,
  toldByReading,
  laterOf,
  goesOn,
  forgotten,
  withFaults,
  failedOver,
  type PlantedFault,
} from './history-edits.kit.ts';

export const PLANTED_IN_GAPS: readonly PlantedFault[] = [
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
];
