import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TimeLine } from './time-line.ts';

let dir = '';
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'holdline-time-line-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (atMs: number, session: string) => ({
  atMs,
  kind: 'session-ended' as const,
  session,
  how: 'closed' as const,
});

test('many files become one history, in the order of time', () => {
  const timeLine = new TimeLine(join(dir, 'parts'));
  const times = Array.from({ length: 3000 }, (_, index) => index * 0.37);
  for (const file of [0, 1, 2]) {
    timeLine.write(
      times.filter((_, index) => index % 3 === file).map((atMs) => at(atMs, `s${file}`)),
      `s${file}`,
    );
  }

  const lines = timeLine.merge(join(dir, 'all.jsonl'));

  const events = readFileSync(join(dir, 'all.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number; atMs: number });
  expect(lines).toBe(3000);
  expect(events.map(({ seq }) => seq)).toEqual(times.map((_, index) => index));
  expect(events.map(({ atMs }) => atMs)).toEqual(times);
});

test('the last line of a killed process, cut off in the middle, is left out', () => {
  const timeLine = new TimeLine(join(dir, 'parts'));
  timeLine.write([at(1, 'a')], 'a');
  appendFileSync(join(dir, 'parts', 'a.jsonl'), '{"atMs":2,"kind":"sess');
  timeLine.write([at(3, 'b')], 'b');

  expect(timeLine.merge(join(dir, 'all.jsonl'))).toBe(2);
});
