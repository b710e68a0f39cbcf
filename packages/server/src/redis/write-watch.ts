/**
 * beside Hop 5/8 – the shell of write-state.ts: hears what became of appends, and writes a probe of its own where
 * that is due.
 */
import type { Clients } from './clients.ts';
import { FIRST_WRITE_STATE, transition, type WriteEvent } from './write-state.ts';

export interface WriteWatchOptions {
  readonly command: Clients['command'];
  readonly key: string;
  /** After each change of `areTaken`. */
  readonly onChange: () => void;
}

/** A script as appends are, so that whatever keeps those from writing keeps this, too. */
const PROBE_SCRIPT = "return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])";
const PROBE_LIFETIME_MS = 60_000;
const MAX_OBSTACLE_LENGTH = 120;

export class WriteWatch {
  readonly #options: WriteWatchOptions;
  #state = FIRST_WRITE_STATE;
  #isProbing = false;
  #obstacle: string | null = null;

  constructor(options: WriteWatchOptions) {
    this.#options = options;
    options.command.on('ready', () => this.apply('connected'));
    options.command.on('close', () => this.apply('interrupted'));
  }

  get areTaken(): boolean {
    return this.#state !== 'refused';
  }

  /** What Redis last said to a probe that failed; null while writes are taken. */
  get obstacle(): string | null {
    return this.areTaken ? null : this.#obstacle;
  }

  apply(event: WriteEvent): void {
    const before = this.areTaken;
    const { state, isProbeDue } = transition(this.#state, event);
    this.#state = state;
    if (isProbeDue) this.#probe();
    if (this.areTaken !== before) this.#options.onChange();
  }

  /** One at a time; without a connection there is nothing to ask. */
  #probe(): void {
    const { command, key } = this.#options;
    if (this.#isProbing || command.status !== 'ready') return;
    this.#isProbing = true;
    command.eval(PROBE_SCRIPT, 1, key, '1', PROBE_LIFETIME_MS).then(
      () => this.#probed('probe-passed', null),
      (error: Error) => this.#probed('probe-failed', error.message.slice(0, MAX_OBSTACLE_LENGTH)),
    );
  }

  #probed(event: WriteEvent, obstacle: string | null): void {
    this.#isProbing = false;
    this.#obstacle = obstacle;
    this.apply(event);
  }
}
