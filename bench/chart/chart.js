import { ratioText } from '../shared/numbers.js';
import { groupsOf } from './bars.js';

const WIDTH = 760;
const LABELS = 180;
const VALUES = 60;
const BAR = 18;
const GAP = 4;
const HEADING = 34;
const TOP = 66;
const BOTTOM = 72;

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .heading, .ours { font-weight: 600; }
  .small { font-size: 12px; fill: #59636e; }
  .grid { stroke: #d1d9e0; }
  .limit { stroke: #59636e; }
  .bar { fill: #8c959f; }
  .bar.ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .limit { stroke: #9198a1; }
    .bar { fill: #656c76; }
    .bar.ours { fill: #4493f8; }
  }`;

/**
 * An SVG of what the benchmark wrote: for each pass a bar for everybody, from the limit of the machine, which is 1, on a logarithmic scale.
 * The same document gives the same text.
 */
export function chartOf(document) {
  const groups = groupsOf(document);
  if (groups.length === 0) throw new RangeError('there is no row of the table to draw');
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const decades = Math.max(1, Math.ceil(Math.log10(most)));
  const x = (value) => LABELS + ((WIDTH - LABELS - VALUES) * Math.log10(Math.max(1, value))) / decades;
  const parts = [];
  let y = TOP;
  for (const { title, rows, bars } of groups) {
    parts.push(text(0, y + HEADING - 10, title, 'heading'));
    y += HEADING;
    for (const bar of bars) {
      parts.push(...barParts(bar, rows, x, y));
      y += BAR + GAP;
    }
  }
  const grid = Array.from({ length: decades + 1 }, (_, decade) => gridLine(x(10 ** decade), 10 ** decade, y));
  const height = y + BOTTOM;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(description(groups))}</title>`,
    `<style>${STYLE}\n</style>`,
    text(0, 18, 'Time, as a multiple of what the machine needs at least', 'title'),
    text(
      0,
      38,
      `Geometric mean over ${groups[0].rows} layers. Shorter is better, 1 is perfect; the scale is logarithmic.`,
      'small',
    ),
    ...grid,
    ...parts,
    ...notes(document, groups).map((line, i) => text(0, height - 44 + 18 * i, line, 'small')),
    '</svg>',
  ].join('\n')}\n`;
}

function barParts({ title, isOurs, value, rows }, allRows, x, y) {
  const kind = isOurs ? ' ours' : '';
  const width = Math.max(1, x(value) - x(1));
  const some = rows < allRows ? ' *' : '';
  return [
    text(x(1) - 8, y + 14, title, `end${kind}`, 'end'),
    `<rect class="bar${kind}" x="${number(x(1))}" y="${y}" width="${number(width)}" height="${BAR}" rx="2"/>`,
    text(x(1) + width + 6, y + 14, `${ratioText(value)}×${some}`, kind.trim()),
  ];
}

function gridLine(x, value, bottom) {
  const kind = value === 1 ? 'limit' : 'grid';
  const at = number(x);
  return [
    `<line class="${kind}" x1="${at}" y1="${TOP}" x2="${at}" y2="${bottom}"/>`,
    text(x, TOP - 6, value === 1 ? 'limit' : `${value}×`, 'small', 'middle'),
  ].join('\n');
}

function notes({ machine, contestants, package: version, date }, groups) {
  const peers = contestants.filter(({ isOurs }) => !isOurs).map(({ title, version: theirs }) => `${title} ${theirs}`);
  const some = groups.flatMap(({ title, rows, bars }) =>
    bars.filter((bar) => bar.rows < rows).map((bar) => `${bar.title}, ${title}: ${bar.rows} of ${rows}`),
  );
  return [
    [machine.cpu, `Node ${machine.node}`, 'one thread', date.slice(0, 10), 'npm run bench'].join(' · '),
    [`depthwise-wasm ${version}`, ...peers].join(' · '),
    ...(some.length > 0 ? [`* over the layers that it gets right (${some.join('; ')})`] : []),
  ];
}

function description(groups) {
  const group = ({ title, bars }) =>
    `${title}: ${bars.map((bar) => `${bar.title} ${ratioText(bar.value)}`).join(', ')}`;
  return `Time as a multiple of the limit of the machine. ${groups.map(group).join('. ')}.`;
}

function text(x, y, content, kind, anchor) {
  const attributes = [`x="${number(x)}"`, `y="${number(y)}"`];
  if (kind) attributes.push(`class="${kind}"`);
  if (anchor) attributes.push(`text-anchor="${anchor}"`);
  return `<text ${attributes.join(' ')}>${escaped(content)}</text>`;
}

function number(value) {
  return String(Math.round(value * 10) / 10);
}

function escaped(content) {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
