import { byId, element } from '../shared/dom.js';
import { drawFilters } from './filters.js';
import { canvasOf } from './photos.js';

/** @typedef {import('./training.js').Validation} Validation */
/** @typedef {import('./filters.js').Filters} Filters */

/** The page shows this number of misnamed examples. */
const MAX_MISNAMED = 12;

/** Shows what the network learned: the confusion matrix, the misnamed examples and the filters. @param {() => string[]} names of the classes */
export function resultsView(names) {
  /** @type {{ validation?: Validation, filters?: Filters }} */
  let shown = {};

  /** @param {Filters | undefined} filters */
  function showFilters(filters) {
    if (!filters) return;
    byId('filters-title').textContent = filters.isFirst
      ? 'Filters of the first layer'
      : 'Filters of the first layer that trains';
    drawFilters(byId('filters', HTMLCanvasElement), filters);
  }

  /** @param {number[][] | undefined} confusion */
  function showConfusion(confusion) {
    byId('confusion-part').hidden = !confusion;
    if (!confusion) return;
    const heads = names().slice(0, confusion.length);
    const head = (/** @type {string} */ text, /** @type {string} */ scope) => element('th', { scope }, text);
    byId('confusion', HTMLTableElement).tBodies[0].replaceChildren(
      element('tr', {}, element('td', {}), ...heads.map((name) => head(name, 'col'))),
      ...confusion.map((counts, row) =>
        element(
          'tr',
          {},
          head(heads[row], 'row'),
          ...counts.map((count, column) => {
            const isWrong = row !== column && count > 0;
            return element('td', { className: isWrong ? 'number wrong' : 'number' }, String(count));
          }),
        ),
      ),
    );
  }

  /** @param {Validation['misnamed']} misnamed @param {import('./drawings.js').Picture[]} pictures */
  function showMisnamed(misnamed, pictures) {
    byId('misnamed-part').hidden = misnamed.length === 0;
    byId('misnamed-more').textContent = misnamed.length > MAX_MISNAMED ? `and ${misnamed.length - MAX_MISNAMED} more` : ''; // prettier-ignore
    const heads = names();
    const items = misnamed.slice(0, MAX_MISNAMED).map(({ index, label, guess }) => {
      const short = element('span', { 'aria-hidden': 'true' }, `${heads[label]} → ${heads[guess]}`);
      const spoken = element('span', { className: 'unseen' }, `${heads[label]}, named ${heads[guess]}`);
      return element('li', {}, canvasOf(pictures[index]), short, spoken);
    });
    byId('misnamed').replaceChildren(...items);
  }

  return {
    /**
     * Shows what changed since the last call.
     *
     * @param {object} latest
     * @param {Validation | undefined} latest.validation
     * @param {Filters | undefined} latest.filters
     * @param {import('./drawings.js').Picture[]} latest.pictures that the training got
     */
    show({ validation, filters, pictures }) {
      byId('results').hidden = !filters && !validation;
      if (filters !== shown.filters) showFilters(filters);
      if (validation !== shown.validation) {
        showConfusion(validation?.confusion);
        showMisnamed(validation?.misnamed ?? [], pictures);
      }
      shown = { validation, filters };
    },
  };
}
