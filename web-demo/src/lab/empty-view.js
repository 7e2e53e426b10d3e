import { element } from '../shared/element.js';
import { nameOf } from './contestants.js';
import { titleOfPass } from './passes.js';
import { layerTitle } from './presets.js';
import { capitalised, listed, shapeWords } from './words.js';

/** What the results' place shows before the first run: what will be there. @param {HTMLElement} host @param {any} task */
export function showEmpty(host, { layer, passes, contestants }) {
  if (!layer) return host.replaceChildren(element('p', { className: 'hint' }, 'The shape has to be mended first.'));
  const facts = [
    ['Layer', `${layerTitle(layer)}: ${shapeWords(layer)}`],
    ['Passes', capitalised(listed(passes.map((id) => titleOfPass(id).toLowerCase())))],
    ['Contestants', capitalised(listed(contestants.map(nameOf)))],
    ['Shown', 'The median time of one call and its spread, the largest error, and the ratio to this package'],
  ];
  host.replaceChildren(
    element('p', {}, element('strong', {}, 'Nothing is measured yet.'), ' Press Measure to see, on this device:'),
    element(
      'dl',
      { className: 'facts' },
      ...facts.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
    ),
  );
}
