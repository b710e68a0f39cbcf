// Outbox stores of a Node "browser": one file, which its pages share, with locks and news between them. What IndexedDB,
// Web Locks and a BroadcastChannel are to tabs. A write is one line appended with one system call, so a process that is
// killed leaves all of it or a torn last line, which the next start ignores.

import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import type { OutboxRecord, OutboxStore } from '@holdline/client';

/** The file is written anew when it is larger than this and mostly history. */
const COMPACT_BYTES = 4 * 1024 * 1024;

interface Line {
  readonly records: readonly OutboxRecord[];
  readonly gone: readonly string[];
}

interface Waiter {
  readonly page: object;
  readonly grant: () => void;
}

export interface PageStore extends OutboxStore {
  /** The page is gone: its locks come free, and nothing that it still asks for happens. */
  drop(): void;
}

export class FileOutbox {
  readonly #path: string;
  readonly #records: Map<string, OutboxRecord>;
  readonly #locks = new Map<string, Waiter[]>();
  readonly #listeners = new Map<object, (news: unknown) => void>();
  #fd = -1;
  #bytes = 0;
  #compactAtBytes = COMPACT_BYTES;

  constructor(path: string) {
    this.#path = path;
    this.#records = readRecords(path);
    this.#compact();
  }

  /** How many messages have no outcome yet. What a page sent for a dead one stays, with its outcome, for some days. */
  get unsettled(): number {
    return [...this.#records.values()].filter(({ outcome }) => outcome === undefined).length;
  }

  /** The store of one more page. */
  tab(): PageStore {
    const page = {};
    let isGone = false;
    const alive = async <T>(run: () => T): Promise<T> => (isGone ? new Promise<never>(() => undefined) : run());
    return {
      load: () => alive(() => structuredClone(this.#sorted())),
      write: (records, gone) => alive(() => this.#write({ records, gone })),
      lock: (name, signal) => this.#lock(name, signal, page),
      announce: (news) => {
        const copy: unknown = structuredClone(news);
        for (const [other, hear] of this.#listeners) if (other !== page) queueMicrotask(() => hear(copy));
      },
      onAnnounce: (listener) => {
        this.#listeners.set(page, listener);
        return () => void (this.#listeners.get(page) === listener && this.#listeners.delete(page));
      },
      drop: () => {
        isGone = true;
        this.#listeners.delete(page);
        for (const name of this.#locks.keys()) this.#leave(name, (waiter) => waiter.page === page);
      },
    };
  }

  close(): void {
    closeSync(this.#fd);
  }

  #sorted(): OutboxRecord[] {
    return [...this.#records.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  #write(line: Line): void {
    const text = `${JSON.stringify(line)}\n`;
    writeSync(this.#fd, text);
    // From the text, so that the records are copies.
    apply(this.#records, JSON.parse(text) as Line);
    this.#bytes += text.length;
    if (this.#bytes > this.#compactAtBytes) this.#compact();
  }

  /** Writes what is kept into a new file, puts that in place of the old one, and opens it. */
  #compact(): void {
    const text = `${JSON.stringify({ records: [...this.#records.values()], gone: [] })}\n`;
    const fresh = `${this.#path}.new`;
    writeFileSync(fresh, text);
    renameSync(fresh, this.#path);
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#bytes = text.length;
    this.#compactAtBytes = Math.max(COMPACT_BYTES, 4 * text.length);
    this.#fd = openSync(this.#path, 'a');
  }

  #lock(name: string, signal: AbortSignal, page: object): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { page, grant: resolve };
      const row = this.#locks.get(name) ?? [];
      this.#locks.set(name, [...row, waiter]);
      signal.addEventListener('abort', () => {
        this.#leave(name, (other) => other === waiter);
        reject(signal.reason as Error);
      });
      if (row.length === 0) waiter.grant();
    });
  }

  /** The first in the row holds the lock. */
  #leave(name: string, isGone: (waiter: Waiter) => boolean): void {
    const row = this.#locks.get(name) ?? [];
    const rest = row.filter((waiter) => !isGone(waiter));
    if (rest.length > 0) this.#locks.set(name, rest);
    else this.#locks.delete(name);
    if (rest[0] !== undefined && rest[0] !== row[0]) rest[0].grant();
  }
}

function readRecords(path: string): Map<string, OutboxRecord> {
  const records = new Map<string, OutboxRecord>();
  if (!existsSync(path)) return records;
  // What comes after the last line break is a write that was cut off.
  for (const text of readFileSync(path, 'utf8').split('\n').slice(0, -1)) apply(records, JSON.parse(text) as Line);
  return records;
}

function apply(records: Map<string, OutboxRecord>, { records: written, gone }: Line): void {
  for (const record of written) records.set(record.key, record);
  for (const key of gone) records.delete(key);
}
