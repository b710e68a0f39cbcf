// What a run needs of its store and its servers, whichever engine it is.

import type { Page } from './actors/page.ts';
import type { Fetch } from './streams.ts';

export interface RunStore {
  /** A plain read. */
  fetch(): Fetch;
  /** The cursors at which rooms stand; null where there is none. */
  positions(rooms: readonly string[]): Promise<readonly (string | null)[]>;
  stop(): Promise<void>;
}

export interface RunServer {
  readonly name: string;
  /** Where the process that runs now listens. */
  readonly url: string;
  /** Pages that are connected to it. */
  readonly attached: readonly Page[];
  /** Tells it who may be. */
  serve(pages: readonly Page[]): void;
  /** Ends it in order, and puts a new one in its place after a pause. */
  drain(pauseMs: number): Promise<void>;
  stop(): Promise<void>;
}
