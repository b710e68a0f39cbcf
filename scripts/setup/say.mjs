// What the scripts tell the person who started them. One line each, so that a log of CI reads well too.

/** @param {string} text */
export function say(text) {
  console.log(`setup: ${text}`);
}

/** A reason to stop that the person can act on: printed without a stack. */
export class SetupError extends Error {}
