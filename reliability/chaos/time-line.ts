// The one time line of a run: ms since its start by the monotonic clock that all processes of the machine share. Every
// session writes a file of its own, so that nobody waits for anybody; `merge` makes one history of them, in order of time.

import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryFact } from '@holdline/testkit';
import type { TimedFact } from './actors/member.ts';

const CHUNK_BYTES = 256 * 1024;
const PREFIX = '{"atMs":';

export class TimeLine {
  readonly folder: string;
  readonly originNs: bigint = process.hrtime.bigint();
  readonly #fd: number;

  constructor(folder: string) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.#fd = openSync(join(folder, 'run.jsonl'), 'a');
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.originNs) / 1e6;
  }

  /** What the run itself did or read. */
  record(fact: HistoryFact): void {
    this.write([{ atMs: this.now(), ...fact }]);
  }

  /** Facts of others, in the order of their times. */
  write(facts: readonly TimedFact[], name?: string): void {
    const text = facts.map((fact) => `${JSON.stringify(fact)}\n`).join('');
    if (name === undefined) return void writeSync(this.#fd, text);
    const fd = openSync(join(this.folder, `${name}.jsonl`), 'a');
    writeSync(fd, text);
    closeSync(fd);
  }

  /** Writes all files as one, every line with its `seq`; gives the number of lines. */
  merge(path: string): number {
    closeSync(this.#fd);
    const readers = readdirSync(this.folder).map((name) => new LineReader(join(this.folder, name)));
    const out = openSync(path, 'w');
    let seq = 0;
    let text = '';
    for (const line of inOrder(readers)) {
      text += `{"seq":${seq},${line.slice(1)}\n`;
      seq += 1;
      if (text.length < CHUNK_BYTES) continue;
      writeSync(out, text);
      text = '';
    }
    writeSync(out, text);
    closeSync(out);
    rmSync(this.folder, { recursive: true, force: true });
    return seq;
  }
}

/** One file, line by line. `atMs` is that of `line`; Infinity at the end. */
class LineReader {
  readonly #fd: number;
  readonly #chunk = Buffer.alloc(CHUNK_BYTES);
  #rest = '';
  #lines: string[] = [];
  #index = 0;
  line = '';
  atMs = -Infinity;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.next();
  }

  next(): void {
    while (this.#index >= this.#lines.length) {
      const bytes = readSync(this.#fd, this.#chunk);
      if (bytes === 0) {
        // What is left was cut off by the end of its process.
        closeSync(this.#fd);
        this.atMs = Infinity;
        return;
      }
      // Everything in these files is ASCII.
      this.#lines = (this.#rest + this.#chunk.toString('latin1', 0, bytes)).split('\n');
      this.#rest = this.#lines.pop() ?? '';
      this.#index = 0;
    }
    this.line = this.#lines[this.#index++] ?? '';
    // A clock that was read twice at one moment by different threads must not turn a file around.
    this.atMs = Math.max(this.atMs, Number(this.line.slice(PREFIX.length, this.line.indexOf(',', PREFIX.length))));
  }
}

/** The lines of all readers by time: a heap with the earliest on top. */
function* inOrder(readers: readonly LineReader[]): Generator<string> {
  const heap = readers.filter(({ atMs }) => atMs < Infinity).toSorted((a, b) => a.atMs - b.atMs);
  while (heap.length > 0) {
    const top = heap[0]!;
    yield top.line;
    top.next();
    if (top.atMs === Infinity) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      if (last !== top) heap[0] = last;
    }
    sink(heap);
  }
}

function sink(heap: LineReader[]): void {
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    if (left >= heap.length) return;
    const child = left + 1 < heap.length && heap[left + 1]!.atMs < heap[left]!.atMs ? left + 1 : left;
    if (heap[index]!.atMs <= heap[child]!.atMs) return;
    [heap[index], heap[child]] = [heap[child]!, heap[index]!];
    index = child;
  }
}
