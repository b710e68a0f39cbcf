// How long the checker takes for a large history; by command only: `node reliability/checker-load/main.ts [messages] [members]
// [losses]`. The history is made on the fly and is a good one: four rooms, every message acknowledged and delivered to every member,
// and so many times all is lost and told.

import { HistoryChecker, type HistoryEvent, type HistoryFact, type StreamEntry } from '@holdline/testkit';

const [messages = 1_000_000, members = 6, losses = 0] = process.argv.slice(2).map(Number);
const ROOMS = 4;

function* facts(): Generator<HistoryFact> {
  const sessions = Array.from({ length: members }, (_, i) => `member-${i}`);
  for (const session of sessions) {
    yield { kind: 'session-started', session, producer: session, user: session, runtime: 'node', after: null };
    for (let r = 0; r < ROOMS; r++) {
      yield { kind: 'member-joined', session, room: `room-${r}`, since: 'start' };
      yield { kind: 'member-placed', session, room: `room-${r}`, cursor: '0-0~' };
      yield { kind: 'room-state', session, room: `room-${r}`, state: 'live' };
    }
  }
  let faults = 0;
  const streams = Array.from({ length: ROOMS }, () => [] as StreamEntry[]);
  for (let i = 0; i < messages; i++) {
    if (losses > 0 && i > 0 && i % Math.ceil(messages / (losses + 1)) === 0) {
      faults += 1;
      yield { kind: 'fault-started', fault: 'flushall', faultId: faults, target: 'redis', detail: { mayLose: true } };
      for (const [r, stream] of streams.entries()) yield* loseAll(`room-${r}`, stream, sessions);
      yield { kind: 'fault-ended', faultId: faults };
      yield { kind: 'fault-healed', faultId: faults };
    }
    const r = i % ROOMS;
    const room = `room-${r}`;
    const stream = streams[r]!;
    const sender = sessions[i % members]!;
    const last = stream.at(-1);
    const previous = last === undefined ? '0-0~' : `${last.id}~${last.messageId}`;
    const messageId = `message-id-of-${String(i).padStart(9, '0')}`;
    const digest = i.toString(36);
    const id = `${1_700_000_000_000 + Math.floor(i / 10)}-${stream.length + 1}`;
    stream.push({ id, messageId, previous, digest, sender, isControl: false });
    yield { kind: 'publish-invoked', session: sender, room, producer: sender, messageId, digest };
    yield { kind: 'publish-stored', session: sender, room, messageId, id, duplicate: false };
    for (const session of sessions) {
      yield { kind: 'message-delivered', session, room, id, messageId, digest, replayed: false };
    }
  }
  for (const [r, entries] of streams.entries()) {
    const last = entries.at(-1)!;
    yield { kind: 'stream-read', room: `room-${r}`, position: `${last.id}~${last.messageId}`, entries, final: true };
  }
}

function* loseAll(room: string, stream: StreamEntry[], sessions: readonly string[]): Generator<HistoryFact> {
  const last = stream.at(-1)!;
  const position = `${last.id}~${last.messageId}`;
  yield { kind: 'stream-read', room, position, entries: [...stream], final: false };
  yield { kind: 'stream-read', room, position: null, entries: [], final: false };
  for (const session of sessions) {
    yield { kind: 'gap-told', session, room, from: last.id, to: null, missed: null, reason: 'lost', next: '0-0~' };
  }
  stream.length = 0;
}

const BATCH = 10_000;
const checker = new HistoryChecker();
let seq = 0;
let cpuMs = 0;
let batch: HistoryEvent[] = [];

/** Time of this process alone: others on the machine do not count. */
function timed<T>(work: () => T): T {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  cpuMs += (user + system) / 1000;
  return result;
}

function flush(): void {
  timed(() => batch.forEach((event) => checker.add(event)));
  batch = [];
}

for (const fact of facts()) {
  // Through text and back, as from a file: what a reader hands over shares no strings. Not a part of the time taken.
  batch.push(JSON.parse(JSON.stringify({ ...fact, seq, atMs: seq / 100 })) as HistoryEvent);
  seq += 1;
  if (batch.length === BATCH) flush();
}
flush();
const { counts, violated } = timed(() => checker.finish());
const line = {
  messages,
  members,
  events: counts.events,
  acknowledged: counts.acknowledged,
  lostAndTold: counts.lostAndTold,
  delivered: counts.delivered,
  violated: violated.length,
  cpuSeconds: Math.round(cpuMs) / 1000,
  residentMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
};
process.stdout.write(`${JSON.stringify(line)}\n`);
