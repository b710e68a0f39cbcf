/** How a fault is written down: a beginning, and where it has one, an end. */
import type { SeededRandom } from '@holdline/testkit';
import type { World } from '../world.ts';

export interface FaultAction {
  readonly what: string;
  /** The end of it, a while after its beginning. */
  readonly isUndo?: boolean;
  readonly afterMs?: number;
  run(world: World): unknown;
}

export interface Setting {
  readonly lengthMs: number;
  readonly rooms: readonly string[];
  readonly hosts: readonly string[];
  readonly pages: number;
}

export type FaultPlan = (random: SeededRandom, setting: Setting) => FaultAction[];

export const once = (what: string, run: (world: World) => unknown): FaultAction[] => [{ what, run }];

export const lasting = (
  what: string,
  run: (world: World) => unknown,
  undo: (world: World) => unknown,
): FaultAction[] => [
  { what, run },
  { what: `end of ${what}`, isUndo: true, run: undo },
];
