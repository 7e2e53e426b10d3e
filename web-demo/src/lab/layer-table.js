import { timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/dom.js';
import { backendOf } from './report.js';

/** In a longer table, rows that take less than a part of the time in each backend are one row. */
const MAX_ROWS = 20;
const SMALL = 0.03;

/**
 * Returns a table with the time of each layer of a network on each backend, or nothing for a pass without such times.
 *
 * @param {{ results: import('./measure.js').PassResult[] }} pass of a report
 */
export function layerTable({ results }) {
  const columns = results.filter(({ layers }) => layers);
  if (columns.length === 0) return [];
  const heads = columns.map(({ id }) => {
    const { title, kind } = backendOf(id);
    return element('th', { scope: 'col' }, title, ' ', element('span', { className: 'hint' }, kind));
  });
  const table = element(
    'table',
    { className: 'layers' },
    element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, 'Layer'), ...heads)),
    element('tbody', {}, ...rowsOf(columns).map(tableRow)),
  );
  const scroller = element('div', { className: 'layers-scroller', tabIndex: 0, role: 'group', 'aria-label': 'Time by layer' }, table); // prettier-ignore
  return [element('details', { className: 'by-layer', open: true }, element('summary', {}, 'Time by layer'), scroller)];
}

/**
 * Returns the rows, the slowest layer of the first backend first: the layer, the shape of a depthwise layer, the number of calls in the
 * first backend, and the times. `share` is the part of the whole time, for each backend.
 *
 * @param {import('./measure.js').PassResult[]} columns
 */
export function rowsOf(columns) {
  const names = [...new Set(columns.flatMap(({ layers = [] }) => layers.map(({ layer }) => layer)))];
  const wholes = columns.map(({ layers = [] }) => layers.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const rows = names.map((layer) => {
    const found = columns.map(({ layers = [] }) => layers.find((one) => one.layer === layer));
    const times = found.map((one) => one?.milliseconds);
    const shares = times.map((time, i) => (time ?? 0) / wholes[i]);
    return { layer, spec: found.find((one) => one?.spec)?.spec, times, shares };
  });
  const isSmall = ({ shares }) => rows.length > MAX_ROWS && shares.every((share) => share < SMALL);
  const small = rows.filter(isSmall);
  const large = rows.filter((row) => !small.includes(row));
  large.sort((a, b) => b.shares[0] - a.shares[0]);
  if (small.length === 0) return large;
  const sumOf = (key) => columns.map((_, i) => small.reduce((sum, row) => sum + (row[key][i] ?? 0), 0));
  return [...large, { layer: `${small.length} more, each below 3 %`, spec: undefined, times: sumOf('times'), shares: sumOf('shares') }]; // prettier-ignore
}

function tableRow({ layer, spec, times, shares }) {
  const name = spec ? element('a', { href: `#layer=${spec}`, title: 'Measure this layer alone' }, layer) : layer;
  const cells = times.map((time, i) => {
    const bar = element('span', { className: 'share' });
    bar.style.width = `${(100 * shares[i]).toFixed(1)}%`;
    return element('td', {}, element('span', { className: 'number' }, time === undefined ? '–' : timeText(time)), bar);
  });
  return element('tr', {}, element('th', { scope: 'row' }, name), ...cells);
}
