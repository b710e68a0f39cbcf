// Verdicts as text for people: first what is broken, with the events that show it, then what held and how often it came up.

import type { Verdicts } from './check-history.ts';
import type { CounterExample } from './findings.ts';
import type { HistoryEvent } from './history-event.ts';

/** Entries of a stream read that are written out. */
const MAX_ENTRIES = 6;

export function formatVerdicts({ verdicts, occasions, counts, faults, violated }: Verdicts): string {
  const held = Object.entries(verdicts).filter(([, verdict]) => verdict === 'held');
  const notShown = Object.entries(verdicts).flatMap(([rule, verdict]) =>
    typeof verdict === 'object' && 'notShown' in verdict ? [`  ${rule}  ${verdict.notShown}`] : [],
  );
  const nothing = ' (never came up)';
  return [
    violated.length === 0 ? 'no rule is broken' : `${violated.length} rules are broken`,
    ...violated.map(formatCounterExample),
    'held, times put to the test:',
    ...held.map(([rule]) => {
      const times = occasions[rule as keyof typeof occasions];
      return `  ${rule}  ${times}${times === 0 ? nothing : ''}`;
    }),
    'not shown by a history:',
    ...notShown,
    'counts:',
    ...Object.entries(counts).map(([name, count]) => `  ${name}  ${count}`),
    ...(faults.length === 0 ? [] : ['faults (count, median and worst ms until whole):']),
    ...faults.map(({ fault, count, notHealed, medianMs, worstMs }) => {
      const open = notHealed === 0 ? '' : `, ${notHealed} never`;
      return `  ${fault}  ${count}, ${medianMs === null ? '-' : Math.round(medianMs)}, ${worstMs === null ? '-' : Math.round(worstMs)}${open}`;
    }),
  ].join('\n');
}

export function formatCounterExample({ rule, what, events, violations }: CounterExample): string {
  const times = violations === 1 ? '' : ` (and ${violations - 1} more)`;
  return [`${rule} is broken: ${what}${times}`, ...events.map((event) => `    ${formatEvent(event)}`)].join('\n');
}

/** One line: place, time, who, what. */
export function formatEvent(event: HistoryEvent): string {
  const head = `#${event.seq} ${Math.round(event.atMs)} ms`;
  if (event.kind === 'stream-read') {
    const entries = event.entries
      .slice(0, MAX_ENTRIES)
      .map(
        ({ id, messageId, previous, isControl }) =>
          `${id}~${messageId}${isControl ? ' (control)' : ''} after ${previous}`,
      );
    const shown = entries.length === 0 ? 'none of these' : entries.join(', ');
    return `${head} stream of ${event.room} at ${event.position ?? 'nothing'}${event.final ? ', final' : ''}: ${shown}`;
  }
  const { seq: _seq, atMs: _atMs, kind, ...rest } = event;
  const who = 'session' in rest ? `${rest.session} ` : '';
  const fields = Object.entries(rest)
    .filter(([name]) => name !== 'session')
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
  return `${head} ${who}${kind}: ${fields.join(', ')}`;
}
