import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as Plot from '@observablehq/plot';
import { Command } from 'commander';
import { parseHTML } from 'linkedom';
import { ratioText } from './shared/numbers.js';
import { overRows, PLAIN, timeOf } from './table/goals.js';
import { passTitles } from './table/report.js';

// npm run bench:chart: an SVG of the results of npm run bench.

const DATA = fileURLToPath(new URL('chart-data.json', import.meta.url));
const WIDTH = 760;
const ROW_HEIGHT = 22;

const STYLE = `
  .chart { --text: #1f2328; --weak: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .chart { --text: #f0f6fc; --weak: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #656c76; }
  }
  .chart { color: var(--text); font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; }
  .chart .heading, .chart .title { font-weight: 600; }
  .chart .title { font-size: 16px; }
  .chart .weak { font-size: 12px; color: var(--weak); }`;

/**
 * Returns the data of the chart from the document of `npm run bench -- --json` (bench/table/report.js): { date, package, machine, backends,
 * groups: [{ title, rows, bars: [{ id, value, rows }] }] }. There is a group for each pass and a bar for each backend that supports it.
 * `value` is the geometric mean, over the `rows` with a right result, of its time as a multiple of the limit. This package is first, then the
 * fastest.
 */
export function chartData({ date, package: version, machine: { cpu, node }, backends, sections }) {
  const multipleOf = (row, id) => {
    const time = timeOf(row, id);
    return time && row.limit && time / row.limit;
  };
  const groups = Object.entries(passTitles).flatMap(([pass, title]) => {
    const rows = (sections.passes ?? []).filter((row) => row.pass === pass);
    const bars = backends.flatMap(({ id }) => {
      const over = overRows(rows, (row) => multipleOf(row, id), 'less');
      return over ? [{ id, value: Number(over.mean.toPrecision(3)), rows: over.rows }] : [];
    });
    bars.sort((a, b) => (b.id === PLAIN ? 1 : a.id === PLAIN ? -1 : a.value - b.value));
    return bars.length > 0 ? [{ title, rows: rows.length, bars }] : [];
  });
  return { date: date.slice(0, 10), package: version, machine: { cpu, node }, backends, groups };
}

/** Returns the SVG of chartData. The same data give the same text. Throws a RangeError when there is no group. */
export function chartOf(data) {
  if (data.groups.length === 0) throw new RangeError('no row of the table can be drawn');
  // One line for each title of a group and for each bar.
  const lines = data.groups.flatMap(({ title, rows, bars }) => [
    { key: title, title, isHeading: true },
    ...bars.map(({ id, value, rows: some }) => {
      const backend = data.backends.find((other) => other.id === id);
      const label = `${ratioText(value)}×${some < rows ? ' *' : ''}`;
      return { key: `${title}/${id}`, title: backend.title, color: backend.isOurs ? 'ours' : 'other', value, label };
    }),
  ]);
  const headings = lines.filter(({ isHeading }) => isHeading);
  const bars = lines.filter(({ isHeading }) => !isHeading);
  const decades = Math.ceil(Math.log10(Math.max(10, ...bars.map(({ value }) => value))));
  const ticks = Array.from({ length: decades + 1 }, (_, decade) => 10 ** decade);
  const notes = notesOf(data);
  const { document } = parseHTML('<html></html>');
  const place = (text, dy, className) =>
    Plot.text([text], {
      text: (d) => d,
      className,
      fill: 'currentColor',
      frameAnchor: 'top-left',
      textAnchor: 'start',
      dx: -170,
      dy,
    });
  const noteStart = 30 + ROW_HEIGHT * lines.length;
  const svg = Plot.plot({
    document,
    className: 'chart',
    width: WIDTH,
    height: 110 + noteStart + 16 * notes.length,
    ...{ marginLeft: 170, marginRight: 70, marginTop: 100, marginBottom: 10 + 30 + 16 * notes.length },
    x: { type: 'log', domain: [1, 10 ** decades], label: null },
    y: { domain: lines.map(({ key }) => key), axis: null, padding: 0.15 },
    marks: [
      Plot.gridX(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
      Plot.barX(bars, { x1: 1, x2: (d) => Math.max(1.01, d.value), y: 'key', fill: (d) => `var(--${d.color})`, rx: 2 }),
      Plot.ruleX([1], { stroke: 'var(--weak)' }),
      Plot.text(bars, { x: 1, y: 'key', text: 'title', textAnchor: 'end', dx: -8 }),
      Plot.text(bars, { x: (d) => Math.max(1.01, d.value), y: 'key', text: 'label', textAnchor: 'start', dx: 6 }),
      Plot.text(headings, {
        ...{ y: 'key', text: 'title', frameAnchor: 'left', textAnchor: 'start', dx: -170 },
        className: 'heading',
      }),
      Plot.axisX(ticks, {
        anchor: 'top',
        tickSize: 0,
        tickFormat: (d) => (d === 1 ? 'limit' : `${d}×`),
        className: 'weak',
      }),
      place('Time as a multiple of the least time that the machine needs', -90, 'title'),
      place(
        `Limit: all multiplications and additions at the peak of the CPU, or every tensor copied once, whichever takes longer.`,
        -66,
        'weak',
      ),
      place(
        `Geometric mean over ${data.groups[0].rows} layers. Shorter is better. The scale is logarithmic.`,
        -48,
        'weak',
      ),
      ...notes.map((note, i) => place(note, noteStart - 10 + 16 * i, 'weak')),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.querySelector('style').textContent = STYLE;
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = descriptionOf(data);
  svg.prepend(title);
  return `${svg.outerHTML}\n`;
}

function notesOf({ machine, backends, package: version, date, groups }) {
  const titleOf = (id) => backends.find((backend) => backend.id === id).title;
  const peers = backends.filter(({ isOurs }) => !isOurs).map((backend) => `${backend.title} ${backend.version}`);
  const partial = groups.flatMap(({ title, rows, bars }) =>
    bars.filter((bar) => bar.rows < rows).map((bar) => `${titleOf(bar.id)}, ${title}: ${bar.rows} of ${rows}`),
  );
  return [
    [machine.cpu, `Node ${machine.node}`, 'one thread', date, 'npm run bench'].join(' · '),
    [`depthwise-wasm ${version}`, ...peers].join(' · '),
    ...(partial.length > 0 ? [`* mean of the layers with a right result (${partial.join('; ')})`] : []),
  ];
}

function descriptionOf({ backends, groups }) {
  const titleOf = (id) => backends.find((backend) => backend.id === id).title;
  const texts = groups.map(
    ({ title, bars }) => `${title}: ${bars.map(({ id, value }) => `${titleOf(id)} ${ratioText(value)}`).join(', ')}`,
  );
  return `Time as a multiple of the limit of the machine. ${texts.join('. ')}.`;
}

async function main() {
  const program = new Command('npm run bench:chart --')
    .description('Draws the results of npm run bench.')
    .argument('[json]', 'file of npm run bench -- --json, or the data of a chart', DATA)
    .argument('[svg]', 'file of the chart', 'docs/bench.svg')
    .option(
      '--data <file>',
      'also write the data of the chart (bench/chart-data.json contains those of docs/bench.svg)',
    )
    .parse();
  const [from, to] = program.processedArgs;
  try {
    const document = JSON.parse(await readFile(from, 'utf8'));
    const data = document.groups ? document : chartData(document);
    await writeFile(to, chartOf(data));
    const { data: file } = program.opts();
    if (file) await writeFile(file, `${JSON.stringify(data, null, 2)}\n`);
  } catch (error) {
    program.error(`error: ${from}: ${error.message}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
