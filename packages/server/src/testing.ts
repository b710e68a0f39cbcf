/** For tests of this repository that do to the embedded engine what an operator or a fault does to Redis. Not published. */
export { embeddedControlsOf } from './embedded-engine.ts';
export type { EmbeddedControls } from './embedded/controls.ts';
