// Which guarantee rules a history can show, and for the others why it cannot. The IDs are those of docs/GUARANTEES.md.

export const SHOWN_RULES = [
  'G1.1',
  'G1.2',
  'G1.3',
  'G2.1',
  'G2.2',
  'G2.3',
  'G2.4',
  'G2.5',
  'G2.6',
  'G3.1',
  'G3.2',
  'G3.3',
  'G3.5',
  'G3.6',
  'G4.1',
  'G4.2',
  'G4.3',
  'G4.4',
  'G4.5',
  'G4.6',
  'G4.7',
  'G4.8',
  'G5.1',
  'G5.2',
  'G5.3',
  'G6.1',
  'G6.2',
] as const;

export type ShownRule = (typeof SHOWN_RULES)[number];

/** One sentence each: what would have to be recorded, or where the rule is shown instead. */
export const NOT_SHOWN = {
  'G3.4': 'the members of a history make message IDs that nobody else has; the append contract shows it',
  'G7.1': 'memory and the pace of others are no events; the send-buffer and room tests and the soak show it',
  'G7.2': 'the length of the queue before the log is no event; the append-queue tests show it',
  'G7.3': 'limits are not reached by well-behaved members; the bad-input tests and the fuzz run show it',
  'G7.4': 'the bound of the outbox is not reached; the outbox tests show it',
  'G7.5': 'heartbeats are no events; shown on virtual time, and in the timings of faults',
  'G7.6': 'members of a history send no bad input; the fuzz run does',
  'G8.1': 'members of a history say hello; the connection tests show it',
  'G8.2': 'members of a history come from allowed origins; the origin tests show it',
  'G8.3': 'expiry of tokens is no event; the authentication tests show it',
  'G8.4': 'members of a history have every permission; the access tests show it',
} as const;

export type NotShownRule = keyof typeof NOT_SHOWN;
export type RuleId = ShownRule | NotShownRule;
