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
  /** Null while none waits: most of the time, and for idle connections always. */
  #frames: Incoming[] | null = null;
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
    if (this.#frames === null) this.#frames = [frame];
    else this.#frames.push(frame);
    this.#bytes += frame.bytes;
    if (!this.#isPaused && this.#isFull(1)) this.#setPaused(true);
    if (!this.#isHandling) this.#handleNext();
  }

  close(): void {
    this.#isClosed = true;
    this.#frames = null;
  }

  /** One frame at a time, and between two of them what the first has set going: a burst must not outrun its own answers. */
  #handleNext(): void {
    const frame = this.#take();
    this.#isHandling = frame !== undefined;
    if (frame === undefined) return;
    try {
      const work = this.#begin(frame);
      if (work !== undefined) return this.#goOnAfter(work);
      this.#ended();
      queueMicrotask(() => this.#handleNext());
    } catch (error) {
      this.#isHandling = false;
      this.#owner.onFault(error);
    }
  }

  #take(): Incoming | undefined {
    const frame = this.#frames?.shift();
    if (this.#frames?.length === 0) this.#frames = null;
    this.#bytes -= frame?.bytes ?? 0;
    return frame;
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
        this.#handleNext();
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
    return (this.#frames?.length ?? 0) >= MAX_WAITING * share || this.#bytes >= MAX_WAITING_BYTES * share;
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!this.#isClosed) this.#owner.setReading(!isPaused);
  }
}
