/** beside the composition – how an option that makes no sense is refused: with its name, before anything is opened. */

/** An option makes no sense. `option` names it. */
export class OptionsError extends Error {
  readonly code = 'bad_options';
  readonly option: string;
  /** The message without the name. */
  readonly reason: string;

  constructor(option: string, reason: string) {
    super(`${option}: ${reason}`);
    this.name = 'OptionsError';
    this.option = option;
    this.reason = reason;
  }
}

/** What names an instance; part of names in Redis. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** @throws OptionsError for anything but 1 to 64 of A-Z a-z 0-9 _ - */
export function checkName(option: string, value: unknown): void {
  if (typeof value !== 'string' || !NAME.test(value))
    throw new OptionsError(option, 'must match ^[A-Za-z0-9_-]{1,64}$');
}

/** @throws OptionsError for anything but a function, or null or undefined, which stand for none */
export function checkFunction(option: string, value: unknown): void {
  if (value !== undefined && value !== null && typeof value !== 'function')
    throw new OptionsError(option, 'must be a function');
}

/** A larger frame would hold up everybody else on its way through the one thread. */
export const MOST_FRAME_BYTES = 16_777_216;

/** The least and the most that makes sense. */
export type Range = readonly [least: number, most: number];

/** @throws OptionsError for anything but a number of that range, a whole one unless said otherwise */
export function checkNumber(option: string, value: unknown, [least, most]: Range, isWhole = true): void {
  if (typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value))) return;
  throw new OptionsError(option, `must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
}
