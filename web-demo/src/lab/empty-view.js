import { element } from '../shared/element.js';
import { contestantOf } from './contestants.js';
import { titleOfPass } from './passes.js';
import { layerTitle } from './presets.js';
import { listed, shapeWords } from './words.js';

/** What the results' place shows before the first run: what will be there. @param {HTMLElement} host @param {any} task */
export function showEmpty(host, { layer, passes, contestants }) {
  if (!layer) return host.replaceChildren(element('p', { className: 'hint' }, 'The shape has to be mended first.'));
  host.replaceChildren(
    element(
      'div',
      { className: 'empty' },
      element('p', {}, element('strong', {}, 'Nothing is measured yet. '), 'Press Measure, and here will be:'),
      element(
        'ul',
        {},
        element('li', {}, `the median time of one call, with its spread, and the largest error`),
        element('li', {}, `of ${layerTitle(layer)} (${shapeWords(layer)})`),
        element('li', {}, listed(passes.map((id) => titleOfPass(id).toLowerCase()))),
        element('li', {}, `by ${listed(contestants.map((id) => contestantOf(id).title))}`),
      ),
    ),
  );
}
