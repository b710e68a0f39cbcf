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
  /** Undefined when it is over on return; else the next frame waits for the promise. */
  handle(frame: Incoming): Promise<void> | undefined;
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
    if (!this.#isHandling) this.#handleAll();
  }

  close(): void {
    this.#isClosed = true;
    this.#frames = [];
  }

  /** In one go, as long as no frame has to wait; most do not, and a promise for each would cost more than they do. */
  #handleAll(): void {
    this.#isHandling = true;
    try {
      while (!this.#isClosed) {
        const frame = this.#frames.shift();
        if (frame === undefined) break;
        this.#bytes -= frame.bytes;
        const work = this.#begin(frame);
        if (work !== undefined) return this.#goOnAfter(work);
        this.#ended();
      }
    } catch (error) {
      this.#owner.onFault(error);
    }
    this.#isHandling = false;
  }

  #begin(frame: Incoming): Promise<void> | undefined {
    const ready = this.#owner.untilReady();
    if (ready === null) return this.#owner.handle(frame);
    return ready.then(() => (this.#isClosed ? undefined : this.#owner.handle(frame)));
  }

  #goOnAfter(work: Promise<void>): void {
    work.then(
      () => {
        this.#ended();
        this.#handleAll();
      },
      (error: unknown) => {
        this.#isHandling = false;
        this.#owner.onFault(error);
      },
    );
  }

  #ended(): void {
    if (this.#isPaused && !this.#isFull(0.5)) this.#setPaused(false);
  }

  #isFull(share: number): boolean {
    return this.#frames.length >= MAX_WAITING * share || this.#bytes >= MAX_WAITING_BYTES * share;
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!this.#isClosed) this.#owner.setReading(!isPaused);
  }
}
