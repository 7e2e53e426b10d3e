import { byId, element } from '../shared/element.js';
import { CLASSES } from './network.js';
import { packed } from './picture.js';

/**
 * Bars that say what the network takes the picture for, as it changes.
 *
 * @param {object} options
 * @param {() => import('./picture.js').Picture | undefined} options.picture what there is to see now
 * @param {() => boolean} options.isTrained whether there is a network to ask
 * @param {(pixels: Uint8Array) => Promise<number[] | undefined>} options.predict the probabilities of the classes
 */
export function connectGuess({ picture, isTrained, predict }) {
  const rows = Array.from({ length: CLASSES }, (_, i) => makeRow(i));
  const hint = byId('guess-hint');
  const list = byId('guess');
  list.replaceChildren(...rows.map(({ root }) => root));
  let isAsking = false;
  let isOutdated = false;

  /** Without an answer where the worker is broken: the page says so elsewhere. @param {Uint8Array} pixels */
  const ask = (pixels) => predict(pixels).catch(() => undefined);

  /** Asks about what there is to see now; a question that is under way is answered first. */
  async function refresh() {
    isOutdated = true;
    if (isAsking) return;
    isAsking = true;
    list.setAttribute('aria-busy', 'true');
    try {
      while (isOutdated) {
        isOutdated = false;
        const seen = picture();
        const answer = seen && isTrained() ? await ask(packed([seen])) : undefined;
        show(answer);
      }
    } finally {
      isAsking = false;
      list.setAttribute('aria-busy', 'false');
    }
  }

  function show(probabilities) {
    const best = probabilities?.indexOf(Math.max(...probabilities));
    rows.forEach(({ root, bar, value }, i) => {
      const probability = probabilities?.[i];
      bar.style.width = `${100 * (probability ?? 0)}%`;
      value.textContent = probability === undefined ? '–' : `${Math.round(100 * probability)} %`;
      root.classList.toggle('best', i === best);
    });
    hint.hidden = Boolean(probabilities);
    hint.textContent = isTrained() ? 'None: there is nothing to see yet.' : 'None yet: train it first.';
  }

  show(undefined);
  return {
    refresh,
    /** @param {string[]} names */
    rename(names) {
      names.forEach((name, i) => (rows[i].name.textContent = name));
    },
  };
}

/** @param {number} i */
function makeRow(i) {
  const name = element('span', { className: 'guess-name' });
  const bar = element('span', { className: 'guess-bar' });
  const value = element('span', { className: 'guess-value number' });
  const track = element('span', { className: 'guess-track', 'aria-hidden': 'true' }, bar);
  return { root: element('li', { className: `class-${i + 1}` }, name, track, value), name, bar, value };
}
