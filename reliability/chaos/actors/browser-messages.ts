// What the run and the process of a Node browser tell each other.

import type { MemberCommand, MemberOptions, Progress } from './member.ts';

export type ToBrowser =
  | { readonly type: 'open'; readonly options: MemberOptions }
  /** `crash` ends the thread wherever it is; `close` lets the client end in order. */
  | { readonly type: 'end'; readonly session: string; readonly how: 'crash' | 'close' }
  | { readonly type: 'command'; readonly session: string; readonly command: MemberCommand };

export type FromBrowser =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: Progress; readonly kept: number }
  | { readonly type: 'ended'; readonly session: string }
  | { readonly type: 'fault'; readonly session: string; readonly message: string };

/** Where a page writes what it saw; on the one time line that all processes of the machine share. */
export interface PageData {
  readonly options: MemberOptions;
  readonly historyPath: string;
  /** `process.hrtime.bigint()` at the start of the run, as text. */
  readonly originNs: string;
}
