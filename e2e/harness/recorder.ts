// One member of one room, in a page or in Node: joins with the SDK and writes down everything that the SDK tells it.

import { createClient, type RoomOptions } from '@holdline/client';

/** What these members say to one another, in every room. */
interface Rooms {
  '*': { text: { body: string } };
}

export interface MemberOptions {
  url: string | string[];
  user: string;
  room: string;
  /** @defaultValue 'start' */
  since?: NonNullable<RoomOptions['since']>;
  storage?: 'auto' | 'memory';
  /** The handler of every message whose number divides by this throws, after the message is written down. */
  throwEvery?: number;
}

export interface RecordedMessage {
  readonly id: string;
  readonly messageId: string;
  readonly sender: string | null;
  readonly replayed: boolean;
  readonly body: string;
}

export interface RecordedGap {
  readonly from: string;
  readonly to: string | null;
  readonly missed: number | null;
  readonly reason: string;
  readonly next: string;
  /** How many messages had been delivered before it. */
  readonly after: number;
}

export interface Recording {
  readonly messages: RecordedMessage[];
  readonly gaps: RecordedGap[];
  readonly connection: string[];
  readonly room: string[];
  /** Promises of publish that were fulfilled. */
  readonly acks: { messageId: string; id: string; duplicate: boolean }[];
  /** What the client reported as errors: codes. */
  readonly errors: string[];
  /** Promises of publish that were rejected. */
  readonly failures: { messageId: string; code: string }[];
  /** What the outbox told, as `event messageId`. */
  readonly outbox: string[];
}

export interface Recorder {
  readonly recording: Recording;
  readonly unsent: number;
  join(): Promise<void>;
  /** Starts a publish; the outcome is written down. */
  publish(messageId: string, body: string): void;
  close(): Promise<void>;
}

export function createRecorder(options: MemberOptions): Recorder {
  const recording: Recording = {
    messages: [],
    gaps: [],
    connection: [],
    room: [],
    errors: [],
    acks: [],
    failures: [],
    outbox: [],
  };
  const client = createClient<Rooms>({
    url: options.url,
    user: options.user,
    storage: options.storage ?? 'auto',
    // Shorter than the default, so that a test of a minute sees the return and not the wait for it.
    backoff: { maxMs: 2000 },
  });
  const room = client.room(options.room, { since: options.since ?? 'start' });

  client.on('state', ({ current }) => void recording.connection.push(current));
  client.on('error', ({ code }) => void recording.errors.push(code));
  room.on('state', ({ current }) => void recording.room.push(current));
  for (const event of ['queued', 'sent', 'stored', 'rejected', 'unknown'] as const) {
    client.outbox.on(event, ({ messageId }) => void recording.outbox.push(`${event} ${messageId}`));
  }
  room.on('gap', ({ from, to, missed, reason, next }) => {
    recording.gaps.push({ from, to, missed, reason, next, after: recording.messages.length });
  });
  room.on('message', ({ id, messageId, sender, replayed, data }) => {
    recording.messages.push({ id, messageId, sender, replayed, body: data.body });
    if (options.throwEvery !== undefined && recording.messages.length % options.throwEvery === 0) {
      throw new Error(`the handler of ${messageId} throws, as the test wants`);
    }
  });

  return {
    recording,
    get unsent() {
      return client.outbox.size;
    },
    join: () => room.join(),
    publish(messageId, body) {
      room.publish('text', { body }, { messageId }).then(
        ({ id, duplicate }) => recording.acks.push({ messageId, id, duplicate }),
        (error: unknown) => recording.failures.push({ messageId, code: codeOf(error) }),
      );
    },
    close: () => client.close(),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
