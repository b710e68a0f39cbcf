/** The log of the line, for those who want to see what the client did. */
import type { LineLogEntry } from './line-log.ts';

const clock = (at: number): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function LineLog({ entries }: { entries: readonly LineLogEntry[] }) {
  return (
    <section className="line-log" aria-labelledby="line-log-title">
      <h3 id="line-log-title">What the line did</h3>
      <ol data-testid="line-log">
        {entries.map((entry) => (
          <li key={entry.key}>
            <time dateTime={new Date(entry.at).toISOString()}>{clock(entry.at)}</time> <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
