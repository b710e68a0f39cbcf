// What the run needs of a system: two servers on one Redis, publishers that stay connected, and subscribers of which
// one comes through a proxy that cuts it. A message is a number of one publisher.

export interface Numbered {
  /** Which publisher: 0 or 1. */
  readonly from: number;
  /** Counts up by one from 0. */
  readonly n: number;
}

export interface Subscriber {
  /** Times it was connected again and said so, and how often it claimed that nothing was missed. */
  readonly returns: number;
  readonly claims: number;
  /** Resolves when it is connected again after a cut that was just made, or at the deadline. */
  backAfter(returns: number, deadlineMs: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface Publisher {
  /** Resolves when the system has accepted the message; rejects when it says that it has not. */
  publish(message: Numbered): Promise<void>;
  close(): Promise<void>;
}

export interface RunningRival {
  /** Ports of the two servers. */
  readonly ports: readonly [number, number];
  /** Resolves when the subscription stands. Returns after about 50 ms when it was cut. */
  subscribe(port: number, deliver: (message: Numbered) => void): Promise<Subscriber>;
  publisher(port: number): Promise<Publisher>;
  stop(): Promise<void>;
}

export interface Rival {
  readonly name: string;
  /** How it is set up, in one sentence. */
  readonly setUp: string;
  start(redisUrl: string): Promise<RunningRival>;
}

/** The mean wait before a client connects again; every system is given the same. */
export const RETURN_MS = 50;

/** Counts returns and wakes whoever waits for one. */
export class Returns {
  #count = 0;
  #claims = 0;
  readonly #waiting = new Set<() => void>();

  get returns(): number {
    return this.#count;
  }

  get claims(): number {
    return this.#claims;
  }

  note(isClaimedWhole: boolean): void {
    this.#count += 1;
    if (isClaimedWhole) this.#claims += 1;
    for (const wake of this.#waiting) wake();
  }

  /** True once there are more returns than this. */
  backAfter(returns: number, deadlineMs: number): Promise<boolean> {
    if (this.#count > returns) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (isBack: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(isBack);
      };
      const timer = setTimeout(() => finish(false), deadlineMs);
      const wake = (): void => {
        if (this.#count > returns) finish(true);
      };
      this.#waiting.add(wake);
    });
  }
}
