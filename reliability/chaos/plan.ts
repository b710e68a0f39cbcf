// What is done when, to whom: a pure function of the seed and of who is there. A plan is a row of steps. In one step a few
// faults on different things run at once, or one fault that concerns everybody runs alone; a step ends when all of it has
// healed. Kinds come round by round, each once a round, so that the counts stay even wherever a run ends.

import { createRandom, type SeededRandom } from '@holdline/testkit';

/** `alone`: the store of everybody. The others may run side by side, one of a lane at a time. */
export type Lane = 'alone' | 'wire' | 'server' | 'tab' | 'node';
export type TargetKind = 'page' | 'node-page' | 'node-browser' | 'tab' | 'server' | 'room' | 'store';

export interface KindPlan {
  readonly kind: string;
  readonly lane: Lane;
  readonly target: TargetKind;
  /** How long the cause lasts: drawn between the two. */
  readonly durationMs: readonly [number, number];
}

export interface PlannedFault {
  readonly faultId: number;
  readonly kind: string;
  readonly lane: Lane;
  readonly target: string;
  /** After the begin of its step. */
  readonly offsetMs: number;
  readonly durationMs: number;
  /** For what else a fault has to choose. */
  readonly choice: number;
}

export type PlannedStep = readonly PlannedFault[];

/** Names of what can be hit. A target kind without any name leaves its faults out. */
export type Targets = Readonly<Record<TargetKind, readonly string[]>>;

const MAX_OFFSET_MS = 400;
const TOGETHER: readonly Lane[] = ['wire', 'server', 'tab', 'node'];

/** Goes on for as long as it is asked. */
export function* planSteps(seed: number, kinds: readonly KindPlan[], targets: Targets): Generator<PlannedStep> {
  const random = createRandom(seed);
  const possible = kinds.filter(({ target }) => targets[target].length > 0);
  if (possible.length === 0) return;
  let nextId = 1;
  const plan = ({ kind, lane, target, durationMs: [shortest, longest] }: KindPlan, isFirst: boolean): PlannedFault => ({
    faultId: nextId++,
    kind,
    lane,
    target: random.pick(targets[target]),
    offsetMs: isFirst ? 0 : random.below(MAX_OFFSET_MS),
    durationMs: shortest + random.below(longest - shortest + 1),
    choice: random.below(1_000_000),
  });

  for (;;) {
    const lanes = new Map(TOGETHER.map((lane) => [lane, rowOf(random, possible, lane)]));
    const alone = rowOf(random, possible, 'alone');
    const together = Math.max(...[...lanes.values()].map((row) => row.length));
    // The two sorts of steps take turns until both are used up.
    for (let index = 0; index < Math.max(together, alone.length); index += 1) {
      const group = TOGETHER.flatMap((lane) => lanes.get(lane)?.[index] ?? []);
      if (group.length > 0) yield separate(random.shuffle(group).map((kind, at) => plan(kind, at === 0)));
      const single = alone[index];
      if (single !== undefined) yield [plan(single, true)];
    }
  }
}

const rowOf = (random: SeededRandom, kinds: readonly KindPlan[], lane: Lane): readonly KindPlan[] =>
  random.shuffle(kinds.filter((kind) => kind.lane === lane));

/** Two faults of a step never hit the same thing: the second one of such a pair is left out. */
function separate(faults: readonly PlannedFault[]): PlannedStep {
  const isOf = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
  return faults.filter((fault, index) => !faults.slice(0, index).some(({ target }) => isOf(target, fault.target)));
}
