import { byId, element } from '../shared/element.js';
import { CLASSES } from './network.js';
import { packed } from './picture.js';

/**
 * Bars that say what the network takes the picture for, as it changes.
 *
 * @param {{ picture: () => import('./picture.js').Picture | undefined, predict: (pixels: Uint8Array) => Promise<number[] | undefined> }} options
 */
export function connectGuess({ picture, predict }) {
  const rows = Array.from({ length: CLASSES }, (_, i) => makeRow(i));
  const hint = byId('guess-hint');
  byId('guess').replaceChildren(...rows.map(({ root }) => root));
  let isAsking = false;
  let isOutdated = false;

  /** Asks about what there is to see now; a question that is under way is answered first. */
  async function refresh() {
    isOutdated = true;
    if (isAsking) return;
    isAsking = true;
    try {
      while (isOutdated) {
        isOutdated = false;
        const seen = picture();
        const answer = await predict(packed(seen ? [seen] : [])).catch(() => undefined); // who trains shows the failure
        show(answer, Boolean(seen));
      }
    } finally {
      isAsking = false;
    }
  }

  function show(probabilities, isSeen) {
    const best = probabilities?.indexOf(Math.max(...probabilities));
    rows.forEach(({ root, bar, value }, i) => {
      const probability = probabilities?.[i];
      bar.style.width = `${100 * (probability ?? 0)}%`;
      value.textContent = probability === undefined ? '–' : `${Math.round(100 * probability)} %`;
      root.classList.toggle('best', i === best);
    });
    hint.hidden = Boolean(probabilities);
    hint.textContent = isSeen ? 'Nothing yet: it has not been trained.' : 'Nothing yet: draw something.';
  }

  show(undefined, false);
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
