/** What a page needs of its world, how it is set up, and what it keeps of each message that it published. */
import type { Browser } from './browser.ts';
import type { Network } from './network.ts';
import type { Page } from './page.ts';
import type { WatchHooks } from './room-watch.ts';
import type { HistoryFact } from '@holdline/testkit';

export interface PageHooks extends WatchHooks {
  readonly network: Network;
  record(fact: HistoryFact): void;
  /** What happens now no history tells. */
  beyondHistories(): void;
  /** A state was entered: `connection <state>`, or `room <state>` of this room. */
  entered(page: Page, moment: string, room: string): void;
  /** Hosts to dial, in the order in which this page tries them. */
  readonly urls: readonly string[];
}

export interface PageOptions {
  readonly name: string;
  /** Which page of the plan this is; a reload goes on in the same place. */
  readonly slot: number;
  readonly browser: Browser;
  readonly after: string | null;
  readonly since: string | { readonly last: number };
  readonly maxBackoffMs: number;
  readonly auth: (() => string | Promise<string>) | undefined;
  /** Extra bytes of each payload. */
  readonly padding: number;
}

export type Outcome = 'waiting' | 'stored' | 'rejected' | 'unknown' | 'left behind';

export interface Published {
  readonly room: string;
  readonly messageId: string;
  outcome: Outcome;
  /** Published once more later: its place is that of either. */
  isRepeated: boolean;
  /** How often its page had been put to sleep before. */
  readonly naps: number;
  id: string | null;
  code: string | null;
}
