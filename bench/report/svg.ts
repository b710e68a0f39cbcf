// Two kinds of charts as SVG, readable on light and on dark pages: the colours follow the reader's preference. Pure.

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOurs: boolean;
}

export interface BarChart {
  readonly title: string;
  readonly bars: readonly Bar[];
  readonly print: (value: number) => string;
}

export interface Series {
  readonly label: string;
  readonly isOurs: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface LineChart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  readonly printX: (value: number) => string;
  readonly printY: (value: number) => string;
}

const WIDTH = 760;
const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 15px; }
.small { font-size: 11px; fill: #57606a; }
.bar { fill: #8c959f; } .line { stroke: #8c959f; fill: none; stroke-width: 2; } .dot { fill: #8c959f; }
.ours.bar, .ours.dot { fill: #0969da; } .ours.line { stroke: #0969da; } .axis { stroke: #d0d7de; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .small { fill: #9198a1; }
.bar, .dot { fill: #6e7681; } .line { stroke: #6e7681; }
.ours.bar, .ours.dot { fill: #4493f8; } .ours.line { stroke: #4493f8; } .axis { stroke: #3d444d; }
}
</style>`;

const ROW = 26;
const BAR = { left: 220, right: 90, top: 44 };

export function barChart({ title, bars, print }: BarChart): string {
  const shown = bars.filter(({ value }) => Number.isFinite(value));
  const most = Math.max(...shown.map(({ value }) => value), Number.MIN_VALUE);
  const scale = (WIDTH - BAR.left - BAR.right) / most;
  const rows = shown.map(({ label, value, isOurs }, i) => {
    const y = BAR.top + i * ROW;
    const width = Math.max(1, value * scale);
    return [
      text(BAR.left - 10, y + 14, label, 'text-anchor="end"'),
      `<rect class="bar${isOurs ? ' ours' : ''}" x="${BAR.left}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2"/>`,
      text(BAR.left + width + 8, y + 14, print(value)),
    ].join('\n');
  });
  return svg(BAR.top + shown.length * ROW + 10, title, rows);
}

const PLOT = { left: 70, right: 170, top: 50, bottom: 50, height: 380 };
const TICKS = 4;

export function lineChart({ title, xTitle, yTitle, series, printX, printY }: LineChart): string {
  const all = series.flatMap(({ points }) => points);
  const [mostX, mostY] = [Math.max(...all.map(({ x }) => x)), Math.max(...all.map(({ y }) => y))];
  const [right, bottom] = [WIDTH - PLOT.right, PLOT.height - PLOT.bottom];
  const atX = (x: number): number => PLOT.left + (x / mostX) * (right - PLOT.left);
  const atY = (y: number): number => bottom - (y / mostY) * (bottom - PLOT.top);
  const axes = Array.from({ length: TICKS + 1 }, (_, i) => {
    const [x, y] = [(mostX * i) / TICKS, (mostY * i) / TICKS];
    return [
      `<line class="axis" x1="${PLOT.left}" x2="${right}" y1="${atY(y).toFixed(1)}" y2="${atY(y).toFixed(1)}"/>`,
      text(PLOT.left - 8, atY(y) + 4, printY(y), 'class="small" text-anchor="end"'),
      text(atX(x), bottom + 18, printX(x), 'class="small" text-anchor="middle"'),
    ].join('\n');
  });
  const lines = series.map(({ label, isOurs, points }) => {
    const ours = isOurs ? ' ours' : '';
    const sorted = points.toSorted((a, b) => a.x - b.x);
    const path = sorted.map(({ x, y }) => `${atX(x).toFixed(1)},${atY(y).toFixed(1)}`);
    const last = sorted.at(-1);
    return [
      `<polyline class="line${ours}" points="${path.join(' ')}"/>`,
      ...path.map(
        (point) => `<circle class="dot${ours}" cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3.5"/>`,
      ),
      ...(last === undefined ? [] : [text(atX(last.x) + 10, atY(last.y) + 4, label)]),
    ].join('\n');
  });
  return svg(PLOT.height, title, [
    ...axes,
    text((PLOT.left + right) / 2, PLOT.height - 10, xTitle, 'class="small" text-anchor="middle"'),
    text(16, PLOT.top - 12, yTitle, 'class="small"'),
    ...lines,
  ]);
}

function svg(height: number, title: string, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">`,
    STYLE,
    text(16, 24, title, 'class="title"'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${attributes === '' ? '' : ` ${attributes}`}>${escape(content)}</text>`;

const escape = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
