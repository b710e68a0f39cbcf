// The history checker: holds what publishers and members recorded against what the streams held, and says of every
// rule in docs/GUARANTEES.md: held, the smallest counter-example, or that a history cannot show it. Pure; time and
// memory grow linearly with the history.
//
// What a history must hold to be judged as a whole:
// - every publish, answer, delivery and gap of every session, each session's own in order;
// - a stream read of a room before and after whatever removes or replaces entries: it alone tells trimming from loss;
// - at the end, with traffic stopped and everybody live, one read of each room with `final: true`.
//
// The parts, and where the exact definitions stand: chain.ts (the tree of entries over all histories of a room),
// walk.ts (what a member may pass in silence), gaps.ts (when a gap is true and exact), publishes.ts (when an acknowledged
// message is accounted for), ending.ts (everybody at the end), fault-timings.ts (time until whole).

import type { HistoryEvent } from './history-event.ts';
import { CheckContext, type Counts } from './check-context.ts';
import { HistoryCollector } from './collector.ts';
import { checkEnding } from './ending.ts';
import { checkFaults, type Deadline, type FaultTiming } from './fault-timings.ts';
import { Findings, type CounterExample } from './findings.ts';
import { checkPublishes } from './publishes.ts';
import { NOT_SHOWN, SHOWN_RULES, type NotShownRule, type RuleId, type ShownRule } from './rules.ts';
import { Walk } from './walk.ts';

export interface CheckOptions {
  /** By the name of the fault. @defaultValue none: faults are timed, and only have to be healed at all */
  readonly deadlines: Readonly<Record<string, Deadline>>;
  /** What the rooms keep; makes the reasons of gaps checkable. @defaultValue null: not known */
  readonly retention: { readonly count: number | null; readonly ageMs: number | null } | null;
  /** How late an actor's report may reach the recorder. @defaultValue 5000 */
  readonly recordingSlackMs: number;
}

const DEFAULTS: CheckOptions = { deadlines: {}, retention: null, recordingSlackMs: 5000 };

export interface NotShown {
  readonly notShown: string;
}

export type Verdict = 'held' | CounterExample | NotShown;

export interface Verdicts {
  readonly verdicts: Readonly<Record<RuleId, Verdict>>;
  /** How often the history put each rule to the test: a rule that was held 0 times out of 0 proves nothing. */
  readonly occasions: Readonly<Record<ShownRule, number>>;
  readonly counts: Readonly<Counts>;
  /** By kind of fault. */
  readonly faults: readonly FaultTiming[];
  /** Rules that were broken, in the order of the document. */
  readonly violated: readonly CounterExample[];
}

/** Takes a history event by event, for one that is too large to be held as a list. */
export class HistoryChecker {
  readonly #collector = new HistoryCollector();
  readonly #options: CheckOptions;

  constructor(options: Partial<CheckOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  add(event: HistoryEvent): void {
    this.#collector.add(event);
  }

  /** To be called once, after the last event. */
  finish(): Verdicts {
    const findings = new Findings();
    const context = new CheckContext(this.#collector.finish(), findings, this.#options);
    walkAll(context);
    checkPublishes(context);
    return toVerdicts(context, checkFaults(context));
  }
}

export function checkHistory(events: Iterable<HistoryEvent>, options: Partial<CheckOptions> = {}): Verdicts {
  const checker = new HistoryChecker(options);
  for (const event of events) checker.add(event);
  return checker.finish();
}

/** For a history that is read from a file. */
export async function checkHistoryStream(
  events: AsyncIterable<HistoryEvent>,
  options: Partial<CheckOptions> = {},
): Promise<Verdicts> {
  const checker = new HistoryChecker(options);
  for await (const event of events) checker.add(event);
  return checker.finish();
}

function walkAll(context: CheckContext): void {
  let number = 0;
  for (const session of context.model.sessions.values()) {
    for (const track of session.tracks.values()) {
      number += 1;
      const walk = new Walk(context, track, number);
      walk.run();
      checkEnding(walk);
      context.counts.delivered += track.nodes.length - track.events.size;
    }
  }
}

function toVerdicts(context: CheckContext, faults: readonly FaultTiming[]): Verdicts {
  const { findings, counts, model } = context;
  counts.events = model.events;
  counts.sessions = model.sessions.size;
  counts.faults = model.faults.size;
  const broken = findings.counterExamples();
  const shown = SHOWN_RULES.map((rule): [RuleId, Verdict] => [rule, broken.get(rule) ?? 'held']);
  const notShown = (Object.keys(NOT_SHOWN) as NotShownRule[]).map((rule): [RuleId, Verdict] => [
    rule,
    { notShown: NOT_SHOWN[rule] },
  ]);
  return {
    verdicts: Object.fromEntries([...shown, ...notShown]) as Record<RuleId, Verdict>,
    occasions: Object.fromEntries(SHOWN_RULES.map((rule) => [rule, findings.occasions(rule)])) as Record<
      ShownRule,
      number
    >,
    counts,
    faults,
    violated: [...broken.values()],
  };
}
