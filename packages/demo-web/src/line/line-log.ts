/** What happened to the line, newest first, pure. Bound: the last `MAX_ENTRIES`. */
import type { ConnectionStatus } from '../chat/events.ts';

export const MAX_ENTRIES = 30;

export interface LineLogEntry {
  readonly key: number;
  readonly at: number;
  readonly text: string;
}

export const withEntry = (log: readonly LineLogEntry[], at: number, text: string): readonly LineLogEntry[] =>
  [{ key: (log[0]?.key ?? 0) + 1, at, text }, ...log].slice(0, MAX_ENTRIES);

export interface LineEvent {
  readonly state: ConnectionStatus;
  readonly reason: string;
  readonly retryInMs: number | null;
  readonly instance: string | null;
  readonly instanceName: string;
}

/** Null for what is not worth a line. */
export function lineWords({ state, reason, retryInMs, instance, instanceName }: LineEvent): string | null {
  switch (state) {
    case 'idle':
      return null;
    case 'connected':
      return `Connected to ${instanceName} (${instance ?? 'unnamed'})`;
    case 'connecting':
      return `Dialling ${instanceName}`;
    case 'reconnecting':
      return retryInMs === null
        ? `Dialling ${instanceName} again`
        : `No line: ${reason}. Next try in ${(retryInMs / 1000).toFixed(1)} s`;
    case 'offline':
      return 'No network: waiting for it';
    case 'failed':
      return `Turned away: ${reason}`;
    case 'closed':
      return 'Closed';
  }
}
