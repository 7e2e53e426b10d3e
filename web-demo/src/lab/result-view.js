import { element } from '../shared/element.js';
import { footnoteOf } from './footnote.js';
import { passes, titleOfPass } from './passes.js';
import { layerTitle } from './presets.js';
import { resultTable } from './result-table.js';
import { linearScale, logarithmicScale } from './scale.js';
import { verdictOf } from './verdict.js';
import { shapeWords } from './words.js';

/**
 * Shows a report (report.js), of a run that is over or under way. All bars of a report have one scale.
 *
 * @param {HTMLElement} host
 * @param {any} report
 * @param {any} layer
 * @param {'log' | 'linear'} scaleName
 */
export function showResults(host, report, layer, scaleName) {
  const times = report.passes.flatMap(({ results }) => results.flatMap(({ median, upper }) => [median, upper]));
  const values = times.filter((time) => time > 0);
  const makeScale = scaleName === 'log' ? logarithmicScale : linearScale;
  const scale = values.length > 0 ? makeScale(values) : { position: () => 0, ticks: [] };
  host.replaceChildren(
    element(
      'p',
      { className: 'results-layer' },
      element('strong', {}, layerTitle(layer)),
      ' ',
      element('span', { className: 'number hint' }, shapeWords(layer)),
    ),
    ...report.passes.map((pass) => passView(pass, scale)),
    element('p', { className: 'hint results-foot' }, footnoteOf(report)),
  );
}

function passView(pass, scale) {
  const what = passes.find(({ id }) => id === pass.pass)?.what ?? '';
  const title = titleOfPass(pass.pass);
  const section = element(
    'section',
    { className: 'pass' },
    element('h3', {}, title, ' ', element('span', { className: 'hint' }, what)),
    element('p', { className: 'verdict-line' }, verdictOf(pass)),
    resultTable(pass, scale, title),
  );
  section.dataset.pass = pass.pass;
  return section;
}
