import { differenceText, ratioText, timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/element.js';
import { contestantOf } from './contestants.js';

const WORDS = { none: 'none', wrong: 'wrong', failed: 'failed' };
/** Along the axis of a phone's bars there is room for so many. */
const MOST_LABELS = 4;
const REASONS = { none: 'It has no such kernel.', wrong: 'Not the right result.' };

/**
 * One pass: a line for each contestant, with a bar. It is laid out by the style, so what its parts are is said by roles.
 *
 * @param {{ results: any[] }} pass of the report
 * @param {import('./scale.js').Scale} scale
 * @param {string} label
 */
export function resultTable({ results }, scale, label) {
  const heads = ['Contestant', 'Bar', 'One call', 'Error', 'Ratio'];
  return element(
    'div',
    { className: 'result-table', role: 'table', 'aria-label': label },
    element(
      'div',
      { className: 'result-row result-heads', role: 'row' },
      ...heads.map((head, i) =>
        element('div', { className: `cell-${i}`, role: 'columnheader' }, i === 1 ? unseen(head) : head),
      ),
    ),
    ...results.map((result) => line(result, scale)),
    element('div', { className: 'result-row axis-row', 'aria-hidden': 'true' }, axis(scale)),
  );
}

function line(result, scale) {
  const { title, kind, isOurs } = contestantOf(result.id);
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
    element('div', { className: 'cell-1', role: 'cell' }, track(result, scale)),
    element('div', { className: 'cell-2', role: 'cell' }, ...timeCell(result)),
    figure(3, 'error', error === undefined ? undefined : errorText(error)),
    figure(4, 'ratio', result.ratio && `${ratioText(result.ratio)}×`),
  );
  row.dataset.contestant = result.id;
  row.dataset.status = status;
  return row;
}

/** A cell that on a phone, where there is no head, has its name in front; without a figure it is not shown there. */
function figure(column, name, text) {
  const cell = element('div', { className: `cell-${column} number`, role: 'cell' }, text ?? '–');
  cell.dataset.name = name;
  if (text === undefined) cell.dataset.empty = '';
  return cell;
}

function timeCell(result) {
  const { status, median, lower, upper, turns } = result;
  if (status !== 'ok') return [element('span', { className: 'verdict' }, WORDS[status])];
  const spread = turns === 1 ? 'one call' : rangeText(lower, upper);
  return [
    element('span', { className: 'number time' }, timeText(median)),
    ' ',
    element('span', { className: 'number hint' }, spread),
  ];
}

/** 89.2 – 98.8 µs; the unit twice where there are two. */
function rangeText(lower, upper) {
  const [from, to] = [lower, upper].map((value) => timeText(value).split(' '));
  return `${from[1] === to[1] ? from[0] : from.join(' ')} – ${to.join(' ')}`;
}

function errorText(error) {
  return Number.isFinite(error) ? differenceText(error) : 'not finite';
}

/** The bar, its whisker, and the axis' lines behind them; or why there is none. */
function track({ status, message, median, lower, upper }, scale) {
  if (status !== 'ok')
    return element('span', { className: 'hint reason' }, status === 'failed' ? message : REASONS[status]);
  const host = element('div', { className: 'track' }, ...lines(scale));
  const bar = element('div', { className: 'bar' });
  bar.style.width = percent(scale.position(median));
  const whisker = element('div', { className: 'whisker' });
  whisker.style.left = percent(scale.position(lower));
  whisker.style.width = percent(scale.position(upper) - scale.position(lower));
  host.append(bar, whisker);
  return host;
}

function lines(scale) {
  return scale.ticks.map((tick) => {
    const line = element('div', { className: 'tick' });
    line.style.left = percent(scale.position(tick));
    return line;
  });
}

function axis(scale) {
  const host = element('div', { className: 'axis' });
  const every = Math.ceil(scale.ticks.length / MOST_LABELS);
  for (const tick of scale.ticks.filter((_, i) => i % every === 0)) {
    const text = element('span', {}, tick === 0 ? '0' : shortTime(tick));
    text.style.left = percent(scale.position(tick));
    host.append(text);
  }
  return element('div', { className: 'cell-1' }, host);
}

/** A round time: 10 µs. */
function shortTime(milliseconds) {
  const [value, unit] = timeText(milliseconds).split(' ');
  return `${Number(value)} ${unit}`;
}

function percent(part) {
  return `${(100 * part).toFixed(2)}%`;
}

function unseen(words) {
  return element('span', { className: 'unseen' }, words);
}
