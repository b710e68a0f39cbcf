/**
 * A batch: so many frames through every decoder, from one seed. Batches are numbered, and a batch is the same whoever runs it
 * and whenever: a finding is replayed by its seed and its number.
 */
import { createRandom } from '@holdline/testkit';
import { frameTarget } from './frame-targets.ts';
import { announcementTarget, cursorTarget, entryTarget } from './name-targets.ts';
import { watchPrototypes } from './prototypes.ts';
import { shrink } from './shrink.ts';
import { Violation, type Target } from './target.ts';

export interface Finding {
  readonly target: string;
  readonly batch: number;
  readonly what: string;
  /** The input, cut down as far as it still fails; bytes as base64. */
  readonly input: string;
}

export interface BatchResult {
  readonly frames: number;
  /** `target: label` → how many. */
  readonly counts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
}

export const BATCH_FRAMES = 20_000;
/** Parts of a batch, in the order of `createTargets`. */
const SHARES = [0.4, 0.3, 0.1, 0.1, 0.1];
/** One reason to fail is enough for a batch. */
const MAX_FINDINGS = 5;

type AnyTarget = Target<string> | Target<Buffer>;

function createTargets(seed: number): readonly AnyTarget[] {
  return [
    frameTarget('client', createRandom(seed)),
    frameTarget('server', createRandom(seed + 1)),
    cursorTarget(createRandom(seed + 2)),
    entryTarget(createRandom(seed + 3)),
    announcementTarget(createRandom(seed + 4)),
  ];
}

/** Spreads batches over the seeds, so that neighbours have nothing in common. */
const seedOf = (seed: number, batch: number): number =>
  (Math.imul(seed, 0x9e3779b1) ^ Math.imul(batch + 1, 0x85ebca6b)) >>> 0;

export function runBatch(seed: number, batch: number, targets = createTargets(seedOf(seed, batch))): BatchResult {
  const counts = new Map<string, number>();
  const findings: Finding[] = [];
  const pollution = watchPrototypes();
  targets.forEach((target, index) => {
    const frames = Math.round(BATCH_FRAMES * (SHARES[index] ?? 0.1));
    for (let frame = 0; frame < frames && findings.length < MAX_FINDINGS; frame += 1) {
      const input = target.next();
      const label = judge(target, input);
      if (label instanceof Violation) findings.push(findingOf(target, batch, label, input));
      else counts.set(`${target.name}: ${label}`, (counts.get(`${target.name}: ${label}`) ?? 0) + 1);
    }
    const polluted = pollution();
    if (polluted !== null) findings.push({ target: target.name, batch, what: polluted, input: '' });
  });
  let frames = findings.length;
  for (const count of counts.values()) frames += count;
  return { frames, counts, findings };
}

/** What came of one input; an exception is a violation like any other. */
export function judge(target: AnyTarget, input: string | Buffer): string | Violation {
  try {
    return (target as Target).check(input);
  } catch (error) {
    return new Violation(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
}

function findingOf(target: AnyTarget, batch: number, { what }: Violation, input: string | Buffer): Finding {
  const fails = (text: string): boolean => {
    const label = judge(target, text);
    return label instanceof Violation && label.what === what;
  };
  return {
    target: target.name,
    batch,
    what,
    input: typeof input === 'string' ? shrink(input, fails) : input.toString('base64'),
  };
}
