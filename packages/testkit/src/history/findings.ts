// Collects violations, and of each rule the smallest counter-example. Also counts how often a history put a rule to the
// test, so that "held" can be told from "never came up".

import type { HistoryEvent } from './history-event.ts';
import { SHOWN_RULES, type ShownRule } from './rules.ts';

export interface CounterExample {
  readonly rule: ShownRule;
  /** What is wrong, in one sentence. */
  readonly what: string;
  /** The few events that show it, in the order of the time line. */
  readonly events: readonly HistoryEvent[];
  /** How many violations of this rule the history holds; this one is the smallest of the first of them. */
  readonly violations: number;
}

/** Beyond so many violations of one rule no smaller counter-example is looked for. */
const MAX_COMPARED = 200;

export class Findings {
  readonly #best = new Map<ShownRule, { what: string; events: readonly HistoryEvent[] }>();
  readonly #violations = new Map<ShownRule, number>();
  readonly #occasions = new Map<ShownRule, number>();

  /** @param events - builds what shows it, in any order; not called when the rule has examples enough */
  violate(rule: ShownRule, what: string, events: () => readonly (HistoryEvent | null)[]): void {
    const count = (this.#violations.get(rule) ?? 0) + 1;
    this.#violations.set(rule, count);
    if (count > MAX_COMPARED) return;
    const shown = events()
      .filter((event) => event !== null)
      .sort((a, b) => a.seq - b.seq);
    const best = this.#best.get(rule);
    if (best === undefined || shown.length < best.events.length) this.#best.set(rule, { what, events: shown });
  }

  /** The history put the rule to the test. */
  tested(rule: ShownRule, times = 1): void {
    this.#occasions.set(rule, (this.#occasions.get(rule) ?? 0) + times);
  }

  occasions(rule: ShownRule): number {
    return this.#occasions.get(rule) ?? 0;
  }

  counterExamples(): Map<ShownRule, CounterExample> {
    const found = new Map<ShownRule, CounterExample>();
    for (const rule of SHOWN_RULES) {
      const best = this.#best.get(rule);
      if (best !== undefined) found.set(rule, { rule, ...best, violations: this.#violations.get(rule) ?? 0 });
    }
    return found;
  }
}
