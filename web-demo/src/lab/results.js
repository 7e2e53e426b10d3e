import { differenceText, ratioText, timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/dom.js';
import { layerTitle, shapeText } from './layers.js';
import { backendOf, capitalized, comparisonOf, footnoteOf, nameOf, passOf, TOLERANCE } from './report.js';

// Shows the report of a measurement: a table with bars for each pass, and the JSON.

/** The axis of the bars on a phone has space for this number of labels. */
const MAX_LABELS = 4;
/** Why a result has no bar. */
const REASONS = {
  none: 'This backend has no such kernel.',
  wrong: `The result is off by more than ${TOLERANCE.toExponential()}.`,
};

/**
 * Shows a report. Reports of unfinished measurements are allowed. All bars of a report have the same scale.
 *
 * @param {HTMLElement} host
 * @param {any} report
 * @param {any} layer
 * @param {'log' | 'linear'} scaleName
 */
export function showResults(host, report, layer, scaleName) {
  const times = report.passes.flatMap(({ results }) => results.flatMap(({ median, upper }) => [median, upper]));
  const values = times.filter((time) => time > 0);
  const createScale = scaleName === 'log' ? logarithmicScale : linearScale;
  const scale = values.length > 0 ? createScale(values) : { position: () => 0, ticks: [] };
  host.replaceChildren(
    element(
      'p',
      { className: 'results-layer' },
      element('strong', {}, layerTitle(layer)),
      ' ',
      element('span', { className: 'number hint' }, shapeText(layer)),
    ),
    ...report.passes.map((pass) => passSection(pass, report.base, scale)),
    element('p', { className: 'hint results-foot' }, footnoteOf(report)),
  );
}

/** Shows what the user will measure, before the first measurement. @param {HTMLElement} host @param {any} task */
export function showTask(host, { layer, passes, backends }) {
  if (!layer) return host.replaceChildren(element('p', { className: 'hint' }, 'Fix the shape first.'));
  const facts = [
    ['Layer', `${layerTitle(layer)}: ${shapeText(layer)}`],
    ['Passes', capitalized(passes.map((id) => passOf(id).title.toLowerCase()).join(', '))],
    ['Backends', capitalized(backends.map(nameOf).join(', '))],
    ['Results', 'Median time of one call and its spread, largest error, ratio to this package'],
  ];
  host.replaceChildren(
    element('p', {}, element('strong', {}, 'No results yet.'), ' Press Measure to run this on your device:'),
    element(
      'dl',
      { className: 'facts' },
      ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
    ),
  );
}

/** Shows a report as JSON, with buttons that copy and download it. @param {HTMLElement} host @param {any} report */
export function showJson(host, report) {
  const text = JSON.stringify(report, null, 2);
  const pre = element('pre', { tabIndex: 0, 'aria-label': 'Results as JSON' }, text);
  const details = element('details', {}, element('summary', {}, 'Show JSON'), pre);
  const status = element('span', { className: 'hint', role: 'status' });
  const copy = element('button', { type: 'button', onclick: onCopy }, 'Copy as JSON');
  const fileName = `speed-lab-${report.date.slice(0, 19).replaceAll(':', '-')}.json`;
  const save = element('button', { type: 'button', onclick: () => download(text, fileName) }, 'Download');
  host.replaceChildren(element('div', { className: 'buttons' }, copy, save, status), details);

  async function onCopy() {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = 'Copied.';
    } catch {
      // The browser can forbid it. The user can copy the selected text.
      details.open = true;
      getSelection()?.selectAllChildren(pre);
      status.textContent = 'The browser did not allow it. The text below is selected: copy it.';
    }
  }
}

/** @param {string} text @param {string} fileName */
function download(text, fileName) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  element('a', { href: url, download: fileName }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser reads the address a moment later
}

function passSection(pass, base, scale) {
  const { title, formula } = passOf(pass.pass);
  const section = element(
    'section',
    { className: 'pass' },
    element('h3', {}, title, ' ', element('span', { className: 'hint' }, formula)),
    element('p', { className: 'comparison' }, comparisonOf(pass, base)),
    resultTable(pass, scale, title),
  );
  section.dataset.pass = pass.pass;
  return section;
}

/** CSS lays out the table as a grid, so roles describe its parts to screen readers. */
function resultTable({ results }, scale, label) {
  const heads = ['Backend', element('span', { className: 'unseen' }, 'Bar'), 'One call', 'Error', 'Ratio'];
  return element(
    'div',
    { className: 'result-table', role: 'table', 'aria-label': label },
    element(
      'div',
      { className: 'result-row result-heads', role: 'row' },
      ...heads.map((head, i) => element('div', { className: `cell-${i}`, role: 'columnheader' }, head)),
    ),
    ...results.map((result) => resultRow(result, scale)),
    element('div', { className: 'result-row axis-row', 'aria-hidden': 'true' }, axis(scale)),
  );
}

function resultRow(result, scale) {
  const { title, kind, isOurs } = backendOf(result.id);
  const { status, error } = result;
  const row = element(
    'div',
    { className: `result-row${isOurs ? ' is-ours' : ''}`, role: 'row' },
    element(
      'div',
      { className: 'cell-0', role: 'rowheader' },
      title,
      ' ',
      element('span', { className: 'hint' }, kind),
    ),
    element('div', { className: 'cell-1', role: 'cell' }, barOrReason(result, scale)),
    element('div', { className: 'cell-2', role: 'cell' }, ...timeCell(result)),
    numberCell(3, 'error', error === undefined ? undefined : errorText(error)),
    numberCell(4, 'ratio', result.ratio && `${ratioText(result.ratio)}×`),
  );
  row.dataset.backend = result.id;
  row.dataset.status = status;
  return row;
}

/** On a phone the table has no head: the cell then shows its name, and an empty cell is hidden. */
function numberCell(column, name, text) {
  const cell = element('div', { className: `cell-${column} number`, role: 'cell' }, text ?? '–');
  cell.dataset.name = name;
  if (text === undefined) cell.dataset.empty = '';
  return cell;
}

function timeCell({ status, median, lower, upper, samples }) {
  if (status !== 'ok') return [element('span', { className: 'status-word' }, status)];
  const spread = samples === 1 ? 'one call' : rangeText(lower, upper);
  return [
    element('span', { className: 'number time' }, timeText(median)),
    ' ',
    element('span', { className: 'number hint' }, spread),
  ];
}

/** Returns a range such as `89.2 – 98.8 µs`, with two units when they differ. */
function rangeText(lower, upper) {
  const [from, to] = [lower, upper].map((value) => timeText(value).split(' '));
  return `${from[1] === to[1] ? from[0] : from.join(' ')} – ${to.join(' ')}`;
}

function errorText(error) {
  return Number.isFinite(error) ? differenceText(error) : 'not finite';
}

function barOrReason({ status, message, median, lower, upper }, scale) {
  if (status !== 'ok') {
    return element('span', { className: 'hint reason' }, status === 'failed' ? message : REASONS[status]);
  }
  const bar = element('div', { className: 'bar' });
  bar.style.width = percent(scale.position(median));
  const whisker = element('div', { className: 'whisker' });
  whisker.style.left = percent(scale.position(lower));
  whisker.style.width = percent(scale.position(upper) - scale.position(lower));
  const ticks = scale.ticks.map((tick) => {
    const line = element('div', { className: 'tick' });
    line.style.left = percent(scale.position(tick));
    return line;
  });
  return element('div', { className: 'track' }, ...ticks, bar, whisker);
}

function axis(scale) {
  const host = element('div', { className: 'axis' });
  const every = Math.ceil(scale.ticks.length / MAX_LABELS);
  for (const tick of scale.ticks.filter((_, i) => i % every === 0)) {
    const label = element('span', {}, tick === 0 ? '0' : roundTimeText(tick));
    label.style.left = percent(scale.position(tick));
    host.append(label);
  }
  return element('div', { className: 'cell-1' }, host);
}

/** Returns a round time without zeros after the point, such as `10 µs`. */
function roundTimeText(milliseconds) {
  const [value, unit] = timeText(milliseconds).split(' ');
  return `${Number(value)} ${unit}`;
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(2)}%`;
}

/** Positions of times on the axis, from 0 to 1. @typedef {{ position: (value: number) => number, ticks: number[] }} Scale */

/** Returns a scale from 0 to the largest value. @param {number[]} values positive @returns {Scale} */
export function linearScale(values) {
  const end = Math.max(...values);
  const step = niceStep(end / 4);
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  return { position: (value) => value / end, ticks };
}

/**
 * Returns a logarithmic scale with ticks at powers of ten. It starts well below the smallest value, so that every bar has a length.
 *
 * @param {number[]} values positive
 * @returns {Scale}
 */
export function logarithmicScale(values) {
  const first = Math.floor(Math.log10(Math.min(...values) / 2));
  const end = Math.max(Math.log10(Math.max(...values)), first + 1);
  const ticks = Array.from({ length: Math.floor(end) - first + 1 }, (_, i) => 10 ** (first + i));
  return { position: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - first) / (end - first))), ticks };
}

/** Returns the smallest of 1, 2 or 5 times a power of ten that is not below `minimum`. */
function niceStep(minimum) {
  const power = 10 ** Math.floor(Math.log10(minimum));
  return power * ([1, 2, 5].find((step) => step * power >= minimum) ?? 10);
}
