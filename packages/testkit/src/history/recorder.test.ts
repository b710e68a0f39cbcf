import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { HistoryEvent, HistoryFact } from './history-event.ts';
import { createHistoryFile, createRecorder, readHistory } from './recorder.ts';

const ENDED: HistoryFact = { kind: 'session-ended', session: 'a', how: 'closed' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(path: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const event of readHistory(path)) events.push(event);
  return events;
}

test('events get the next place, and the time since the recorder was made', () => {
  let nowMs = 1000;
  const events: HistoryEvent[] = [];
  const recorder = createRecorder({ now: () => nowMs, sink: (event) => events.push(event) });

  recorder.record(ENDED);
  nowMs = 1025.5;
  recorder.record(ENDED);

  expect(events.map(({ seq, atMs }) => [seq, atMs])).toEqual([
    [0, 0],
    [1, 25.5],
  ]);
  expect(recorder.count).toBe(2);
});

test('what was written is read again, in order', async () => {
  const path = join(folder, 'history.jsonl');
  const file = createHistoryFile(path);
  const recorder = createRecorder({ now: () => 0, sink: (event) => file.write(event) });

  for (let i = 0; i < 1000; i++) recorder.record({ ...ENDED, session: `page-${i} ü "` });
  await file.close();

  const events = await read(path);
  expect(events).toHaveLength(1000);
  expect(events[999]).toEqual({ kind: 'session-ended', session: 'page-999 ü "', how: 'closed', seq: 999, atMs: 0 });
});

test('a last line that was cut off is left out', async () => {
  const path = join(folder, 'history.jsonl');
  writeFileSync(path, `${JSON.stringify({ ...ENDED, seq: 0, atMs: 0 })}\n`);
  appendFileSync(path, '{"kind":"session-en');

  expect(await read(path)).toHaveLength(1);
});

test('a broken line in the middle is an error', async () => {
  const path = join(folder, 'history.jsonl');
  writeFileSync(path, `oops\n${JSON.stringify({ ...ENDED, seq: 0, atMs: 0 })}\n`);

  await expect(read(path)).rejects.toThrow('not a line of a history: oops');
});

test('a file that cannot be written is an error at the end', async () => {
  const file = createHistoryFile(join(folder, 'missing', 'history.jsonl'));

  await expect(file.close()).rejects.toThrow('ENOENT');
});
