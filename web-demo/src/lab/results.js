import { differenceText, ratioText, timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/dom.js';
import { layerTitle, shapeText } from './layers.js';
import { layerTable } from './layer-table.js';
import { networkOf } from './networks.js';
import { backendOf, capitalized, comparisonOf, footnoteOf, isUnstable, nameOf, passOf } from './report.js';

// Shows the report of a measurement: a table with bars for each pass, and the JSON.

/** Why a result has no bar. */
const REASONS = {
  none: 'This backend has no such kernel.',
  wrong: 'The result is off by more than the limit.',
};

/**
 * Shows a report. Reports of unfinished measurements are allowed.
 *
 * @param {HTMLElement} host
 * @param {any} report
 * @param {any} layer
 */
export function showResults(host, report, layer) {
  host.replaceChildren(
    element(
      'p',
      { className: 'results-layer' },
      element('strong', {}, layerTitle(layer)),
      ' ',
      element('span', { className: 'number hint' }, shapeText(layer)),
    ),
    ...report.passes.map((pass) => passSection(pass, report.base)),
    element('p', { className: 'hint results-foot' }, footnoteOf(report)),
  );
}

/** Shows what the user will measure, before the first measurement. @param {HTMLElement} host @param {any} task */
export function showTask(host, { layer, passes, backends }) {
  if (!layer) return host.replaceChildren(element('p', { className: 'hint' }, 'Fix the shape first.'));
  const facts = [
    [networkOf(layer.name) ? 'Network' : 'Layer', `${layerTitle(layer)}: ${shapeText(layer)}`],
    ['Passes', capitalized(passes.map((id) => passOf(id).title.toLowerCase()).join(', '))],
    ['Backends', capitalized(backends.map(nameOf).join(', '))],
    ['Results', 'Median time of one call and its spread, largest error, factor relative to this package'],
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

function passSection(pass, base) {
  const { title, formula } = passOf(pass.pass);
  const section = element(
    'section',
    { className: 'pass' },
    element('h3', {}, title, ' ', element('span', { className: 'hint' }, formula)),
    element('p', { className: 'comparison' }, comparisonOf(pass, base)),
    resultTable(pass, title),
    ...layerTable(pass),
  );
  section.dataset.pass = pass.pass;
  return section;
}

/** CSS lays out the table as a grid, so roles describe its parts to screen readers. */
function resultTable({ results }, label) {
  const longest = Math.max(...results.map(({ upper }) => upper ?? 0));
  const heads = ['Backend', 'One call', 'Error', element('span', { className: 'unseen' }, 'Factor')];
  return element(
    'div',
    { className: 'result-table', role: 'table', 'aria-label': label },
    element(
      'div',
      { className: 'result-row result-heads', role: 'row' },
      ...heads.map((head, i) => element('div', { className: `cell-${i}`, role: 'columnheader' }, head)),
    ),
    ...results.map((result) => resultRow(result, longest)),
  );
}

function resultRow(result, longest) {
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
    element('div', { className: 'cell-1', role: 'cell' }, ...timeCell(result)),
    element('div', { className: 'cell-2 number', role: 'cell' }, error === undefined ? '–' : errorText(error)),
    element('div', { className: 'cell-3', role: 'cell' }, barOrReason(result, longest)),
  );
  row.dataset.backend = result.id;
  row.dataset.status = status;
  return row;
}

function timeCell(result) {
  const { status, median, lower, upper, samples } = result;
  if (status !== 'ok') return [element('span', { className: 'status-word' }, status)];
  const spread = samples === 1 ? 'one call' : rangeText(lower, upper);
  return [
    ...(isUnstable(result) ? [element('span', { className: 'unstable' }, 'unstable'), ' '] : []),
    element('span', { className: 'number hint' }, spread),
    ' ',
    element('span', { className: 'number time' }, timeText(median)),
  ];
}

/** Returns a range such as `89.2 – 98.8 µs`, with two units when they differ. */
function rangeText(lower, upper) {
  const [from, to] = [lower, upper].map((value) => timeText(value).split(' '));
  return `${from[1] === to[1] ? from[0] : from.join(' ')} – ${to.join(' ')}`;
}

function errorText(error) {
  if (error === 0) return '0';
  return Number.isFinite(error) ? differenceText(error) : 'not finite';
}

/** @param {any} result @param {number} longest the longest time of the pass, which fills the width */
function barOrReason({ status, message, median, lower, upper, ratio }, longest) {
  if (status !== 'ok') {
    return element('span', { className: 'hint reason' }, status === 'failed' ? message : REASONS[status]);
  }
  const bar = element('div', { className: 'bar' });
  bar.style.width = percent(median / longest);
  const whisker = element('div', { className: 'whisker' });
  whisker.style.left = percent(lower / longest);
  whisker.style.width = percent((upper - lower) / longest);
  const factor = element('span', { className: 'factor number' }, ratio ? `${ratioText(ratio)}×` : '');
  factor.style.left = percent(upper / longest);
  return element('div', { className: 'track' }, bar, whisker, factor);
}

function percent(fraction) {
  return `${(100 * fraction).toFixed(2)}%`;
}
