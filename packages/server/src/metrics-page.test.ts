import { expect, test } from 'vitest';
import { GAUGES, metricsPage, type GaugeValues } from './metrics-page.ts';
import { COUNTERS, Metrics } from './metrics.ts';

const gauges: GaugeValues = {
  holdline_connections: 3,
  holdline_rooms: 2,
  holdline_buffered_bytes: 65_536,
  holdline_engine_ok: 1,
  process_start_time_seconds: 1_760_000_000.25,
};

/** `name value` of each sample, and what HELP and TYPE said before it. */
function read(page: string): Map<string, { help: string; type: string; value: number }> {
  const families = new Map<string, { help: string; type: string; value: number }>();
  const lines = page.split('\n');
  expect(lines.pop()).toBe('');
  for (let i = 0; i < lines.length; i += 3) {
    const [, name = '', help = ''] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(lines[i]!) ?? [];
    const [, type = ''] = new RegExp(`^# TYPE ${name} (counter|gauge)$`).exec(lines[i + 1]!) ?? [];
    const [, value = ''] = new RegExp(`^${name} (\\S+)$`).exec(lines[i + 2]!) ?? [];
    families.set(name, { help, type, value: Number(value) });
  }
  return families;
}

test('every counter is on the page, those at zero included, and every gauge', () => {
  const metrics = new Metrics();
  metrics.count('publishes_stored', 41);
  metrics.count('publishes_stored');

  const families = read(metricsPage(metrics, gauges));

  const names = [...Object.keys(COUNTERS).map((name) => `holdline_${name}_total`), ...Object.keys(GAUGES)];
  expect([...families.keys()]).toEqual(names);
  expect(families.get('holdline_publishes_stored_total')).toEqual({
    help: COUNTERS.publishes_stored,
    type: 'counter',
    value: 42,
  });
  expect(families.get('holdline_joins_total')).toMatchObject({ type: 'counter', value: 0 });
  for (const [name, value] of Object.entries(gauges))
    expect(families.get(name)).toMatchObject({ type: 'gauge', value });
});
