/**
 * Hop 7/8: keeps one room up with its log. Whoever finds that the room may have missed something marks it dirty;
 * one reader at a time reads from the position to the end, and again if marked meanwhile.
 *
 *   clean ──marked dirty──▶ reading ──end reached, not marked again──▶ clean
 *                           │   ▲
 *                  failure  ▼   │ after a jittered, bounded wait
 *                          waiting
 *
 * It never gives up while the room is open, and never has more than one read under way (G5, G7).
 */
import { LogError, type LogPage } from '../log/message-log.ts';
import { backoffMs, type Clock, type Waits } from '../clock.ts';

export interface ReaderHost {
  readonly isOpen: boolean;
  /** Reads the page after the room's position. */
  read(): Promise<LogPage>;
  /** Applies a page, which was read from the room's position. Must leave the position at the page's end. */
  apply(page: LogPage): void;
  /** The end was reached: what was announced meanwhile can be judged, and may mark the room dirty again. */
  readEnded(): void;
  /** A read failed and will be tried again. `isExpected` is false for anything but a LogError. */
  readFailed(error: unknown, isExpected: boolean): void;
}

const BACKOFF = { baseMs: 100, capMs: 2000 };

export class RoomReader {
  readonly #host: ReaderHost;
  readonly #clock: Clock;
  readonly #waits: Waits;
  #isDirty = false;
  #isReading = false;
  #failures = 0;
  #waiters: ((isClean: boolean) => void)[] = [];

  constructor(host: ReaderHost, clock: Clock, waits: Waits) {
    this.#host = host;
    this.#clock = clock;
    this.#waits = waits;
  }

  /** While true, announcements must wait: the position is about to move. */
  get isReading(): boolean {
    return this.#isReading;
  }

  markDirty(): void {
    this.#isDirty = true;
    if (this.#isReading || !this.#host.isOpen) return;
    this.#isReading = true;
    void this.#readWhileDirty();
  }

  /** Marks the room dirty; true once it has read to the end, false when a read has failed on the way. */
  readToEnd(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
      this.markDirty();
      if (!this.#host.isOpen) this.#settle(false);
    });
  }

  /** Resolves when the reading that is under way, if any, has reached the end (true) or has failed once (false). */
  settled(): Promise<boolean> {
    return this.#isReading ? new Promise((resolve) => this.#waiters.push(resolve)) : Promise.resolve(true);
  }

  async #readWhileDirty(): Promise<void> {
    while (this.#isDirty && this.#host.isOpen) {
      this.#isDirty = false;
      const hasProgress = await this.#readOnce();
      if (hasProgress) this.#failures = 0;
      else await this.#waitAfterFailure();
    }
    // In one synchronous step: an announcement that came in between would wait for a read that is over.
    this.#isReading = false;
    this.#settle(this.#host.isOpen);
    if (this.#host.isOpen) this.#host.readEnded();
  }

  async #readOnce(): Promise<boolean> {
    try {
      const page = await this.#host.read();
      if (!this.#host.isOpen) return true;
      this.#host.apply(page);
      if (page.hasMore) this.#isDirty = true;
      // A page that says there is more but holds nothing would spin.
      return !page.hasMore || page.entries.length > 0 || page.gap !== null;
    } catch (error) {
      this.#isDirty = true;
      this.#host.readFailed(error, error instanceof LogError);
      return false;
    }
  }

  async #waitAfterFailure(): Promise<void> {
    this.#failures += 1;
    this.#settle(false);
    await this.#waits.sleep(backoffMs(BACKOFF, this.#failures, this.#clock.random()));
  }

  #settle(isClean: boolean): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter(isClean);
  }
}
