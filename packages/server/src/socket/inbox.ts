/**
 * Hop 3/8: frames of one connection that wait for their turn. They are handled one after the other; when many
 * wait, nothing more is read from the socket until half of them are gone (G7.3).
 */
export interface Incoming {
  /** Null for a binary frame. */
  readonly text: string | null;
  readonly bytes: number;
}

export interface InboxOwner {
  handle(frame: Incoming): Promise<void>;
  /** Resolves at once, or when the frame that is next may cause an answer again. */
  untilReady(): Promise<void> | null;
  /** Stops or resumes reading from the socket. */
  setReading(isReading: boolean): void;
  onFault(error: unknown): void;
}

const MAX_WAITING = 128;
const MAX_WAITING_BYTES = 524_288;

export class Inbox {
  readonly #owner: InboxOwner;
  #frames: Incoming[] = [];
  #bytes = 0;
  #isHandling = false;
  #isPaused = false;
  #isClosed = false;

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  push(frame: Incoming): void {
    if (this.#isClosed) return;
    this.#frames.push(frame);
    this.#bytes += frame.bytes;
    if (!this.#isPaused && this.#isFull(1)) this.#setPaused(true);
    if (!this.#isHandling) void this.#handleAll();
  }

  close(): void {
    this.#isClosed = true;
    this.#frames = [];
  }

  async #handleAll(): Promise<void> {
    this.#isHandling = true;
    try {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        this.#bytes -= frame.bytes;
        const ready = this.#owner.untilReady();
        if (ready !== null) await ready;
        if (this.#isClosed) return;
        await this.#owner.handle(frame);
        if (this.#isPaused && !this.#isFull(0.5)) this.#setPaused(false);
      }
    } catch (error) {
      this.#owner.onFault(error);
    } finally {
      this.#isHandling = false;
    }
  }

  #isFull(share: number): boolean {
    return this.#frames.length >= MAX_WAITING * share || this.#bytes >= MAX_WAITING_BYTES * share;
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!this.#isClosed) this.#owner.setReading(!isPaused);
  }
}
