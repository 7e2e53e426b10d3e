import { differenceText, ratioText, timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/dom.js';
import { layerOfLink, layerTitle, presetLayer, shapeText } from './layers.js';
import { layerTable } from './layer-table.js';
import { networkOf } from './networks.js';
import { pictureOfReport } from './result-picture.js';
import { textOfReport } from './share.js';
import { backendOf, capitalized, comparisonOf, footnoteOf, isUnstable, nameOf, passOf, speedupsOf } from './report.js';

// Shows the report of a measurement: a table with bars for each pass, and buttons that share it.

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
 */
export function showResults(host, report) {
  const [name, shape] = subjectTitle(report).split(': ');
  host.replaceChildren(
    element(
      'p',
      { className: 'results-layer' },
      element('strong', {}, name),
      ' ',
      element('span', { className: 'number hint' }, shape),
    ),
    ...report.passes.map((pass) => passSection(pass, report.base)),
    element('p', { className: 'hint results-foot' }, footnoteOf(report)),
  );
}

/** Returns the name and the shape of what a report measures. @param {any} report */
export function subjectTitle({ layer, network }) {
  const measured = network ? presetLayer(network.name) : layerOfLink(layer.spec);
  const name = network ? measured.title : layer.name === 'own' ? 'Your own shape' : layerTitle(layer);
  return `${name}: ${shapeText(measured)}`;
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

/** Shows buttons that share a report as a link, a picture and JSON, and the JSON. @param {HTMLElement} host @param {any} report */
export function showSharing(host, report) {
  const text = JSON.stringify(report, null, 2);
  const pre = element('pre', { tabIndex: 0, 'aria-label': 'Results as JSON' }, text);
  const details = element('details', {}, element('summary', {}, 'Show JSON'), pre);
  const status = element('span', { className: 'hint', role: 'status' });
  const link = element('button', { type: 'button', onclick: onLink }, 'Copy link');
  const picture = element('button', { type: 'button', onclick: onPicture }, 'Save picture');
  const copy = element('button', { type: 'button', onclick: () => copyText(text, pre) }, 'Copy as JSON');
  const linkText = element('pre', { tabIndex: 0, hidden: true, 'aria-label': 'Link to the result' });
  const fileName = `speed-lab-${report.date.slice(0, 19).replaceAll(':', '-')}`;
  const save = element('button', { type: 'button', onclick: () => download(new Blob([text], { type: 'application/json' }), `${fileName}.json`) }, 'Download JSON'); // prettier-ignore
  host.replaceChildren(element('div', { className: 'buttons' }, link, picture, copy, save, status), details, linkText);

  async function onLink() {
    const page = location.href.replace(/#.*/, '');
    const { name, spec } = report.network ?? report.layer;
    const layer = presetLayer(name) ? name : spec;
    linkText.textContent = `${page}#${new URLSearchParams({ layer, result: await textOfReport(report) })}`;
    await copyText(linkText.textContent, linkText);
  }

  async function onPicture() {
    download(await pictureOfReport(report), `${fileName}.png`);
    status.textContent = 'Saved.';
  }

  /** Copies a text. The browser can forbid it: then `shown`, which contains the text, is selected for the user. */
  async function copyText(/** @type {string} */ copied, /** @type {HTMLElement} */ shown) {
    try {
      await navigator.clipboard.writeText(copied);
      status.textContent = 'Copied.';
    } catch {
      if (shown === pre) details.open = true;
      shown.hidden = false;
      getSelection()?.selectAllChildren(shown);
      status.textContent = 'The browser did not allow it. The text below is selected: copy it.';
    }
  }
}

/** @param {Blob} content @param {string} fileName */
function download(content, fileName) {
  const url = URL.createObjectURL(content);
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
    ...speedupsOf(pass).map((text) => element('p', { className: 'comparison hint' }, text)),
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
    return element(
      'span',
      { className: 'hint reason' },
      status === 'failed' ? (message ?? 'The call failed.') : REASONS[status],
    );
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
