/** For tests of this repository that run servers of their own. Not published. */
export { embeddedControlsOf } from './embedded-engine.ts';
