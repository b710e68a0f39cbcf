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

/** The least and the most that makes sense. */
export type Range = readonly [least: number, most: number];

/** @throws OptionsError for anything but a number of that range, a whole one unless said otherwise */
export function checkNumber(option: string, value: unknown, [least, most]: Range, isWhole = true): void {
  if (typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value))) return;
  throw new OptionsError(option, `must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
}
