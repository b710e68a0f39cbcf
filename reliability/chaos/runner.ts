// Goes through the plan: starts each fault at its time, writes it on the time line, waits until it has healed, and keeps
// what the matrix is made of.

import type { FaultKind, FaultEnd } from './faults/fault.ts';
import { sleep } from './faults/fault.ts';
import { waitWhole } from './healing.ts';
import type { PlannedFault, PlannedStep } from './plan.ts';
import type { World } from './world.ts';

export interface FaultResult {
  readonly kind: string;
  readonly target: string;
  readonly runtime: 'node' | 'chromium' | null;
  /** From the end of the cause, or from its begin where the kind says so. */
  readonly healedMs: number | null;
  /** States of connections and rooms that the affected pages were seen in. */
  readonly states: readonly string[];
  readonly gaps: Readonly<Record<string, number>>;
  readonly measures: Readonly<Record<string, number>>;
}

/** Traffic between two steps, so that each begins with everybody live. */
const PAUSE_MS = 250;
/** No fault takes longer than this to do. */
const FAULT_DEADLINE_MS = 90_000;

export class Runner {
  readonly results: FaultResult[] = [];
  /** What did not heal or could not be done: each is a failure of the run. */
  readonly failures: string[] = [];
  readonly #world: World;
  readonly #kinds: ReadonlyMap<string, FaultKind>;

  constructor(world: World, kinds: readonly FaultKind[]) {
    this.#world = world;
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  /** Ends after the step in which the time is up, or enough is done. */
  async run(steps: Iterable<PlannedStep>, untilMs: number, isEnough: () => boolean): Promise<void> {
    for (const step of steps) {
      if (this.#world.timeLine.now() >= untilMs || isEnough()) return;
      await Promise.all(step.map((fault) => this.#runOne(fault)));
      const { isWhole, missing } = await waitWhole(this.#world, this.#world.pages);
      if (!isWhole) this.#fail(`not whole after ${step.map(({ kind }) => kind).join(' + ')}: ${missing.join('; ')}`);
      await sleep(PAUSE_MS);
    }
  }

  #fail(message: string): void {
    this.failures.push(message);
    console.log(`FAILURE: ${message}`);
  }

  /** How often the kind that came least often was done. */
  get leastOften(): number {
    const counts = [...this.#kinds.keys()].map((kind) => this.results.filter((result) => result.kind === kind).length);
    return Math.min(...counts);
  }

  async #runOne(fault: PlannedFault): Promise<void> {
    const { timeLine, pages } = this.#world;
    const kind = this.#kinds.get(fault.kind)!;
    await sleep(fault.offsetMs);
    const startedMs = timeLine.now();
    const watched = pages.map((page) => {
      const seen = new Set<string>();
      return { page, seen, before: page.gaps, off: page.watch(seen) };
    });
    const { faultId, target, durationMs, choice } = fault;
    const detail = { durationMs, choice, mayLose: kind.mayLose };
    timeLine.record({ kind: 'fault-started', fault: fault.kind, faultId, target, detail });
    const end = await this.#attempt(kind, fault);
    timeLine.record({ kind: 'fault-ended', faultId });
    if (end === null) return;
    const endedMs = timeLine.now();
    const { isWhole, missing } = await waitWhole(this.#world, end.pages);
    if (isWhole) timeLine.record({ kind: 'fault-healed', faultId });
    else this.#fail(`${fault.kind} on ${target} (fault ${faultId}): ${missing.join('; ')}`);
    const healedMs = isWhole ? timeLine.now() - (end.sinceMs ?? endedMs) : null;
    await end.after?.().catch((error: Error) => this.#fail(`after ${fault.kind}: ${error.message}`));
    for (const { off } of watched) off();
    const affected = watched.filter(({ page }) => end.pages.includes(page));
    this.results.push({
      kind: fault.kind,
      target,
      runtime: pages.find(({ name }) => name === target)?.identity.runtime ?? null,
      healedMs,
      states: [...new Set(affected.flatMap(({ seen }) => [...seen]))],
      gaps: difference(affected),
      measures: end.measures ?? {},
    });
    console.log(
      `${(startedMs / 1000).toFixed(1).padStart(7)} s  #${faultId} ${fault.kind} on ${target}: ${
        healedMs === null ? 'NOT WHOLE' : `whole after ${Math.round(healedMs)} ms`
      }, ${this.#world.acknowledged} acknowledged`,
    );
  }

  async #attempt(kind: FaultKind, fault: PlannedFault): Promise<FaultEnd | null> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done within ${FAULT_DEADLINE_MS} ms`)), FAULT_DEADLINE_MS);
    });
    try {
      return await Promise.race([kind.run(fault, this.#world), deadline]);
    } catch (error) {
      this.#fail(`${fault.kind} on ${fault.target} (fault ${fault.faultId}) could not be done: ${String(error)}`);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }
}

function difference(
  affected: readonly { page: World['pages'][number]; before: Readonly<Record<string, number>> }[],
): Record<string, number> {
  const gaps: Record<string, number> = {};
  for (const { page, before } of affected) {
    for (const [reason, count] of Object.entries(page.gaps)) {
      const more = count - (before[reason] ?? 0);
      if (more > 0) gaps[reason] = (gaps[reason] ?? 0) + more;
    }
  }
  return gaps;
}
