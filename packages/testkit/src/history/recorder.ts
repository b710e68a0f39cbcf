// Writes a history and reads it again: one JSON object a line. The recorder alone gives an event its place on the time
// line, so that whatever several actors report is in one order. Reading keeps one line in memory at a time.

import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { HistoryEvent, HistoryFact } from './history-event.ts';

export interface RecorderOptions {
  /** Monotonic milliseconds; the first call is the start of the run. */
  readonly now: () => number;
  /** Takes each event as soon as it is recorded. */
  readonly sink: (event: HistoryEvent) => void;
}

export interface Recorder {
  /** Gives the fact the next place on the time line, and returns it as an event. */
  record(fact: HistoryFact): HistoryEvent;
  /** Events recorded so far. */
  readonly count: number;
}

export function createRecorder({ now, sink }: RecorderOptions): Recorder {
  const startMs = now();
  let count = 0;
  return {
    record(fact) {
      const event: HistoryEvent = { ...fact, seq: count, atMs: Math.max(0, now() - startMs) };
      count += 1;
      sink(event);
      return event;
    },
    get count() {
      return count;
    },
  };
}

export interface HistoryFile {
  write(event: HistoryEvent): void;
  /** Resolves when every line is with the file system. */
  close(): Promise<void>;
}

/** Lines are buffered by the stream; a run that ends without `close` may lose the last of them. */
export function createHistoryFile(path: string): HistoryFile {
  const stream = createWriteStream(path);
  let failure: Error | null = null;
  stream.on('error', (error) => (failure ??= error));
  return {
    write(event) {
      if (failure) throw failure;
      stream.write(`${JSON.stringify(event)}\n`);
    },
    async close() {
      stream.end();
      if (!failure) await once(stream, 'close');
      if (failure) throw failure;
    },
  };
}

/** The events of a file, in order. A last line that was cut off (the writer was killed) ends the history before it. */
export async function* readHistory(path: string): AsyncGenerator<HistoryEvent, void, undefined> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  let broken: string | null = null;
  for await (const line of lines) {
    if (line === '') continue;
    if (broken !== null) throw new Error(`not a line of a history: ${broken.slice(0, 120)}`);
    const event = parseLine(line);
    if (event === null) broken = line;
    else yield event;
  }
}

function parseLine(line: string): HistoryEvent | null {
  try {
    return JSON.parse(line) as HistoryEvent;
  } catch {
    return null;
  }
}
