/** Test helpers of this repository: named exports only, never published. */
export { createRandom, type SeededRandom } from './seeded-random.ts';
