// What a kind of fault is: how it is planned, what it may cost, and how it is done to a world.

import type { Page } from '../actors/page.ts';
import type { KindPlan, PlannedFault } from '../plan.ts';
import type { World } from '../world.ts';

export interface FaultKind extends KindPlan {
  /** Redis may have forgotten what it confirmed. */
  readonly mayLose: boolean;
  /** For the matrix: what is lost, and why. */
  readonly loses: string;
  /** Does it, waits, takes the cause away. */
  run(fault: PlannedFault, world: World): Promise<FaultEnd>;
}

export interface FaultEnd {
  /** Who has to become whole again. */
  readonly pages: readonly Page[];
  /** Since when healing counts, on the time line. @defaultValue the end of `run` */
  readonly sinceMs?: number;
  /** Further figures in ms, by name. */
  readonly measures?: Readonly<Record<string, number>>;
  /** Tidies up once everybody is whole. */
  readonly after?: () => Promise<void>;
}

export const NOTHING = 'nothing';

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Every second time the page is cut off first and goes on publishing, so that it leaves something behind. The answer lets
 * whoever comes after it connect again.
 */
export async function cutOff(page: Page, choice: number): Promise<() => void> {
  const { wires } = page.identity;
  if (choice % 2 === 1) return () => undefined;
  wires.each((proxy) => {
    proxy.refuse();
    proxy.cut();
  });
  page.command({ type: 'burst', count: 10 });
  await sleep(400 + (choice % 300));
  return () => wires.mend();
}

/** Looks again and again; false when the deadline has passed. */
export async function until(check: () => boolean | Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const endsAtMs = performance.now() + deadlineMs;
  while (performance.now() < endsAtMs) {
    if (await check()) return true;
    await sleep(5);
  }
  return false;
}
