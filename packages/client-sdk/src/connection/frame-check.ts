/**
 * Hop 2/8: does a frame hold what the SDK relies on? Not the decoder of the protocol, which is too large for the bundle:
 * fields that are only handed on are not looked at, and types that are not known pass and go nowhere. Serves G7.6.
 */

/**
 * By its letter, what a field has to look like: text, number from 1, stream ID, cursor, message ID. A cursor may be a
 * bare stream ID: who joined with one is told to go on from there.
 */
const KINDS: Readonly<Record<string, RegExp>> = {
  t: /^/,
  c: /^[1-9]\d*$/,
  i: /^\d{1,15}-\d{1,15}$/,
  p: /^(\d{1,15}-\d{1,15}(~[\w-]{1,64})?|0-0~)$/,
  m: /^[\w-]{1,64}$/,
};

/** The fields of each frame, the letter of their kind before the name. */
const SHAPES: Readonly<Record<string, string>> = {
  welcome: 'ctime cheartbeatMs',
  limits: 'cmaxFrameBytes cmaxInFlight',
  joined: 'troom pposition pcursor',
  live: 'troom',
  left: 'troom',
  message: 'troom iid tevent mmessageId',
  ack: 'troom mmessageId iid',
  nack: 'troom mmessageId tcode',
  gap: 'troom ifrom treason pnext',
  skip: 'troom pcursor',
  error: 'tcode',
  // Where one is looked at, it is inside another: never sound.
  batch: 'ctype',
  // And so is what has no type.
  undefined: 'ctype',
};

/** @throws Error with the type, when a field makes no sense: dropping the frame alone would lose a message or a place without a word. */
export function check(frame: object, type: string): void {
  for (const rule of SHAPES[type]?.split(' ') ?? []) {
    const value: unknown = frame[rule.slice(1) as keyof object];
    if (
      typeof value !== (rule[0] === 'c' ? 'number' : 'string') ||
      !(KINDS[rule[0] as string] as RegExp).test(value as string)
    )
      throw Error(type);
  }
}
