/** What the contract suites of log and feed need of an engine: a harness that makes instances and can do harm. */
import type { MessageId, RoomId, UserId } from '@holdline/protocol';
import { createEmbeddedBroker, embeddedControlsOf } from './embedded-engine.ts';
import type { EngineControls } from './engine-controls.ts';
import type { Engine } from './engine.ts';
import type { LiveFeedHandlers, Signal } from './feed/live-feed.ts';
import { cursorOf, type Entry } from './log/entry.ts';
import type { EngineEvent } from './log/log-source.ts';
import type { AppendMessage, MessageLog } from './log/message-log.ts';
import type { RetentionRule } from './log/retention.ts';

export interface HarnessSettings {
  readonly retention?: readonly RetentionRule[];
  readonly dedupeMs?: number;
  readonly dedupeRecords?: number;
}

export interface EngineHarness {
  /** A started engine for one more instance; its feed has a recorder attached. */
  connect(instance: string): Promise<Connected>;
  readonly controls: EngineControls;
  /** What the engines have told so far. */
  readonly events: readonly EngineEvent[];
  close(): Promise<void>;
}

export interface Connected {
  readonly engine: Engine;
  readonly log: MessageLog;
  readonly heard: Recorder;
}

export type CreateHarness = (settings?: HarnessSettings) => Promise<EngineHarness>;

/** Remembers what a feed told. */
export class Recorder implements LiveFeedHandlers {
  readonly entries: Entry[] = [];
  readonly signals: Signal[] = [];
  readonly suspects: string[] = [];

  get cursors(): readonly string[] {
    return this.entries.map(cursorOf);
  }

  get messageIds(): readonly string[] {
    return this.entries.map(({ messageId }) => messageId);
  }

  onEntries(_room: RoomId, entries: readonly Entry[]): void {
    this.entries.push(...entries);
  }

  onSignal(_room: RoomId, signal: Signal): void {
    this.signals.push(signal);
  }

  onSuspect(_room: RoomId, why: string): void {
    this.suspects.push(why);
  }
}

export const lobby = 'chat:lobby' as RoomId;
export const alice = 'alice' as UserId;
export const bob = 'bob' as UserId;

/** A message by alice whose payload is its ID. */
export const message = (id: string, changes: Partial<AppendMessage> = {}): AppendMessage => ({
  messageId: id as MessageId,
  kind: 'json',
  event: 'text',
  sender: alice,
  data: JSON.stringify({ body: id }),
  isRetry: false,
  firstSentAt: null,
  ...changes,
});

export const messages = (count: number, prefix = 'm'): AppendMessage[] =>
  Array.from({ length: count }, (_, i) => message(`${prefix}${i + 1}`));

export const createEmbeddedHarness: CreateHarness = async (settings = {}) => {
  const broker = createEmbeddedBroker(settings);
  const events: EngineEvent[] = [];
  const engines: Engine[] = [];
  return {
    events,
    controls: embeddedControlsOf(broker),
    async connect(instance) {
      const engine = broker.connect({ instance, observe: (event) => events.push(event) });
      const heard = new Recorder();
      engine.feed.attach(heard);
      engines.push(engine);
      await engine.start();
      return { engine, log: engine.log, heard };
    },
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
};
