import { expect, test } from 'vitest';
import { chartsOf } from './charts.ts';
import { GOALS, verdictOf } from './goals.ts';
import { print, toMarkdown } from './markdown.ts';
import { medianOf, ratioOf, totalOf } from './results.ts';
import { resultsWith } from './results.kit.ts';
import { lineChart } from './svg.ts';

test('medians are of the rounds, ratios of the pairs, and what must be zero is summed', () => {
  const results = resultsWith([10, 100, 12], [20, 50, 24], { lost: 1 });
  const [result] = results.workloads;

  expect(medianOf(result, 'holdline', 'cpuUs')).toBe(12);
  expect(ratioOf(results, 'A', 'cpuUs', 'holdline', 'classic')).toBe(0.5);
  expect(totalOf(result!, 'holdline', 'lost')).toBe(3);
  expect(medianOf(result, 'nobody', 'cpuUs')).toBeNaN();
});

test('a round in which the rate was not held has no part in a ratio', () => {
  const results = resultsWith([10, 1, 12], [20, 20, 24]);
  const [result] = results.workloads;
  const ours = result!.samples['holdline']!;
  const withBusy = ours.map((one, i) => (i === 1 ? { ...one, figures: { ...one.figures, isHeld: 0 } } : one));
  const samples = { ...result!.samples, holdline: withBusy };

  expect(ratioOf({ ...results, workloads: [{ ...result!, samples }] }, 'A', 'cpuUs', 'holdline', 'classic')).toBe(0.5);
});

test('a goal is missed, reached, or its aim is, whichever way is better', () => {
  const [lower, higher] = [GOALS[0]!, GOALS.find(({ isHigherBetter }) => isHigherBetter)!];

  expect([1.01, 1, 0.8].map((value) => verdictOf(lower, value))).toEqual(['missed', 'must reached', 'aim reached']);
  expect([2.4, 2.5, 3.4].map((value) => verdictOf(higher, value))).toEqual(['missed', 'must reached', 'aim reached']);
  expect(verdictOf(lower, Number.NaN)).toBe('not measured');
});

test('the document holds goals, tables, charts and set-ups, and a dash where nothing was measured', () => {
  const results = resultsWith([10, 11, 12], [20, 20, 20]);
  const text = toMarkdown(results, { charts: { A: 'a.svg' }, note: 'A note.' });

  expect(text).toContain('| CPU per delivery, A, to the classic server | 1 | 0.8 | 0.55 | aim reached |');
  expect(text).toContain('| Holdline | 11.0 | 0 | - |');
  expect(text).toContain('![fan-out](a.svg)');
  expect(text).toContain('- **Holdline**: as it is.');
  expect(text).toContain('A note.');
});

test('numbers are printed with thousands apart', () => {
  expect(print(1_234_567.891, 1)).toBe('1,234,567.9');
  expect(print(Number.POSITIVE_INFINITY, 1)).toBe('-');
});

test('a chart draws the peers that have the figure, ours in its own colour, and is well-formed', () => {
  const [chart] = chartsOf(resultsWith([10], [20]));

  expect(chart?.file).toBe('a.svg');
  expect(chart?.svg.match(/<rect/g)).toHaveLength(2);
  expect(chart?.svg.match(/class="bar ours"/g)).toHaveLength(1);
  expect(chart?.svg).toContain('prefers-color-scheme: dark');
  expect(chart?.svg.match(/<(text|style|svg)\b/g)?.length).toBe(chart?.svg.match(/<\/(text|style|svg)>/g)?.length);
});

test('a line chart has a point for each measurement, and labels cannot break it', () => {
  const svg = lineChart({
    title: 'a < b & "c"',
    xTitle: 'x',
    yTitle: 'y',
    series: [{ label: '<ours>', isOurs: true, points: [1, 2, 3].map((x) => ({ x, y: x * x })) }],
    printX: String,
    printY: String,
  });

  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).toContain('&lt;ours&gt;');
  expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
});

test('what went wrong stands below its table', () => {
  const results = resultsWith([10], [20]);
  const [result] = results.workloads;
  const samples = { ...result!.samples, classic: [{ figures: {}, faultTexts: ['it\n  broke', 'it\n  broke'] }] };
  const text = toMarkdown({ ...results, workloads: [{ ...result!, samples }] }, { charts: {}, note: '' });

  expect(text).toContain('What went wrong:\n\n- classic: it broke\n\n');
  expect(text).toContain('| classic | - | - | - |');
});
