import { ratioText, timeText } from '../../../bench/shared/numbers.js';
import { element } from '../shared/dom.js';
import { subjectTitle } from './results.js';
import { backendOf, passOf } from './report.js';

/** Returns the name of the device of a report. @param {any} report */
export function deviceName({ device }) {
  const { browser, platform, cores } = device;
  return [browser, platform, cores && `${cores} cores`].filter(Boolean).join(', ');
}

/**
 * Shows two reports side by side.
 *
 * @param {HTMLElement} host
 * @param {any} mine the report of this device
 * @param {any} other
 */
export function showComparison(host, mine, other) {
  const isSame = JSON.stringify(subjectOf(mine)) === JSON.stringify(subjectOf(other));
  const intro = isSame
    ? `${subjectTitle(mine)}. Other device: ${deviceName(other)}. The factor is the time of the other device, relative to this device. Above 1, this device is faster.`
    : `The other result is of ${subjectTitle(other)}, and this result of ${subjectTitle(mine)}. Measure the same to compare them.`;
  host.replaceChildren(
    element('h3', {}, 'Side by side'),
    element('p', { className: 'hint' }, intro),
    ...(isSame ? mine.passes.flatMap((pass) => passTable(pass, other)) : []),
  );
}

const subjectOf = ({ layer, network }) => network?.name ?? layer.spec;

function passTable({ pass, results }, other) {
  const otherResults = other.passes.find((one) => one.pass === pass)?.results ?? [];
  const rows = results.flatMap((mine) => {
    const theirs = otherResults.find(({ id }) => id === mine.id);
    return theirs && (mine.status === 'ok' || theirs.status === 'ok') ? [resultRow(mine, theirs)] : [];
  });
  if (rows.length === 0) return [];
  const heads = [passOf(pass).title, 'This device', 'Other device', 'Factor'].map((text) => element('th', { scope: 'col' }, text)); // prettier-ignore
  const table = element('table', { className: 'layers' }, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows)); // prettier-ignore
  return [element('div', { className: 'layers-scroller', tabIndex: 0, role: 'group', 'aria-label': passOf(pass).title }, table)]; // prettier-ignore
}

function resultRow(mine, theirs) {
  const { title, kind } = backendOf(mine.id);
  const time = ({ status, median, isUnstable }) => (status === 'ok' ? `${timeText(median)}${isUnstable ? ' unstable' : ''}` : status); // prettier-ignore
  const factor = mine.median && theirs.median ? `${ratioText(theirs.median / mine.median)}×` : '–';
  const cells = [time(mine), time(theirs), factor].map((text) => element('td', { className: 'number' }, text));
  return element('tr', {}, element('th', { scope: 'row' }, title, ' ', element('span', { className: 'hint' }, kind)), ...cells); // prettier-ignore
}
