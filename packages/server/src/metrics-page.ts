/**
 * The counters and a few gauges as a page for Prometheus (text format 0.0.4). Pure. Names and texts are
 * constants of this repository and values are numbers: nothing that a user wrote can reach the page.
 */
import { COUNTERS, type Metrics } from './metrics.ts';

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What is so now, by the names of GAUGES. */
export type GaugeValues = Readonly<Record<keyof typeof GAUGES, number>>;

export const GAUGES = {
  holdline_connections: 'WebSocket connections open now.',
  holdline_rooms: 'Rooms that this instance is subscribed to, or is about to be.',
  holdline_buffered_bytes: 'Bytes that wait in all sockets of this instance.',
  holdline_engine_ok: '1 while the engine answers, hears itself and takes writes, else 0.',
  // The name that all Prometheus clients use, so that dashboards find it.
  process_start_time_seconds: 'When the process started, in seconds since 1970.',
} as const;

export function metricsPage(metrics: Metrics, gauges: GaugeValues): string {
  const counters = [...metrics].map(([name, value]) =>
    family(`holdline_${name}_total`, 'counter', COUNTERS[name], value),
  );
  const rest = (Object.keys(GAUGES) as (keyof typeof GAUGES)[]).map((name) =>
    family(name, 'gauge', GAUGES[name], gauges[name]),
  );
  return [...counters, ...rest].join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, value: number): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
}
