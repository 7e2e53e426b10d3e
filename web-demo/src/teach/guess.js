import { byId, element } from '../shared/dom.js';
import { areMany } from './controls.js';
import { MAX_CLASSES } from './network.js';

/** Screen readers announce a guess that stays the same for this long. */
const ANNOUNCE_DELAY_MS = 700;

/**
 * Shows the probabilities of the classes for the current picture as bars.
 *
 * @param {object} options
 * @param {() => import('./drawings.js').Picture | undefined} options.picture returns the current picture
 * @param {() => boolean} options.isTrained whether a network exists
 * @param {(picture: import('./drawings.js').Picture) => Promise<(number | undefined)[] | undefined>} options.predict returns the
 *   probabilities, undefined for a class that the network does not know
 */
export function connectGuess({ picture, isTrained, predict }) {
  const rows = Array.from({ length: MAX_CLASSES }, (_, i) => createRow(i));
  const hint = byId('guess-hint');
  const list = byId('guess');
  list.replaceChildren(...rows.map(({ root }) => root));
  let isPredicting = false;
  let isOutdated = false;
  /** @type {number | undefined} index of the class */
  let bestBefore;
  let announceTimer = 0;

  /** Predicts for the current picture. A prediction that is already running ends first. */
  async function refresh() {
    isOutdated = true;
    if (isPredicting) return;
    isPredicting = true;
    list.setAttribute('aria-busy', 'true');
    try {
      while (isOutdated) {
        isOutdated = false;
        const current = picture();
        // When the worker is broken, the page shows the error in another place.
        show(current && isTrained() ? await predict(current).catch(() => undefined) : undefined);
      }
    } finally {
      isPredicting = false;
      list.setAttribute('aria-busy', 'false');
    }
  }

  function show(probabilities) {
    const best = probabilities?.indexOf(Math.max(...probabilities.map((probability) => probability ?? 0)));
    rows.forEach(({ root, track, bar, value }, i) => {
      const probability = probabilities?.[i];
      track.classList.toggle('unknown', probabilities !== undefined && probability === undefined);
      bar.style.width = `${100 * (probability ?? 0)}%`;
      value.textContent = probability === undefined ? '–' : `${Math.round(100 * probability)} %`;
      root.classList.toggle('best', i === best);
    });
    if (best !== bestBefore) announce(best);
    hint.hidden = Boolean(probabilities);
    hint.textContent = isTrained() ? 'Draw something to see a guess.' : 'Train the network first.';
  }

  /** @param {number | undefined} best */
  function announce(best) {
    bestBefore = best;
    clearTimeout(announceTimer);
    announceTimer = window.setTimeout(() => {
      const { name, value } = best === undefined ? {} : rows[best];
      byId('guess-announcement').textContent = name ? `Guess: ${name.textContent}, ${value?.textContent}` : '';
    }, ANNOUNCE_DELAY_MS);
  }

  show(undefined);
  return {
    refresh,
    /** @param {string[]} names */
    rename(names) {
      rows.forEach(({ name, root }, i) => {
        name.textContent = names[i] ?? '';
        root.hidden = i >= names.length;
      });
      list.classList.toggle('two-columns', areMany(names));
    },
  };
}

/** @param {number} i */
function createRow(i) {
  const name = element('span', { className: 'guess-name' });
  const bar = element('span', { className: 'guess-bar' });
  const value = element('span', { className: 'guess-value number' });
  const track = element('span', { className: 'guess-track', 'aria-hidden': 'true' }, bar);
  return { root: element('li', { className: `class-${i + 1}` }, name, track, value), name, track, bar, value };
}
