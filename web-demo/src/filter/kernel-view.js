import { element } from '../shared/dom.js';
import { CHANNELS } from './task.js';

const COLOURS = ['red', 'green', 'blue'];

/**
 * Draws a kernel as one square grid of weights for each colour. The strength of a cell's colour is relative to `largest`, so that you can
 * compare two kernels.
 *
 * @param {HTMLElement} host
 * @param {string} title for screen readers, such as 'True kernel'
 * @returns {(kernel: Float32Array | undefined, size: number, largest: number) => void} draws a kernel; undefined draws empty cells
 */
export function kernelView(host, title) {
  /** @type {HTMLElement[][]} by colour and tap */
  let cells = [];
  let shownSize = 0;

  function rebuild(/** @type {number} */ size) {
    shownSize = size;
    cells = COLOURS.map(() => Array.from({ length: size ** 2 }, () => element('span', { className: 'weight' })));
    const grids = cells.map((ofColour, c) => {
      const grid = element('div', { className: `kernel kernel-${size}`, role: 'img' }, ...ofColour);
      grid.style.setProperty('--size', String(size));
      return element('div', { className: `kernel-${COLOURS[c]}` }, grid);
    });
    host.replaceChildren(...grids);
  }

  return (kernel, size, largest) => {
    if (size !== shownSize) rebuild(size);
    const middle = Math.floor((size - 1) / 2) * (size + 1);
    cells.forEach((ofColour, c) => {
      const weights = ofColour.map((_, tap) => kernel?.[tap * CHANNELS + c]);
      ofColour.forEach((cell, tap) => show(cell, weights[tap], largest));
      const content = kernel ? `middle weight ${weights[middle]?.toFixed(2)}` : 'not known yet';
      ofColour[0].parentElement?.setAttribute('aria-label', `${title}, ${COLOURS[c]}, ${size} by ${size}, ${content}`);
    });
  };
}

/** @param {HTMLElement} cell @param {number | undefined} weight @param {number} largest */
function show(cell, weight, largest) {
  const strength = Math.min(1, Math.abs(weight ?? 0) / largest);
  cell.style.setProperty('--strength', `${(100 * strength ** 0.7).toFixed(1)}%`);
  cell.classList.toggle('negative', Number(weight) < 0);
  cell.classList.toggle('strong', strength > 0.6);
  cell.textContent = weight === undefined ? '' : shortWeight(weight);
  cell.title = weight?.toFixed(5) ?? '';
}

/**
 * Returns a weight with at most two decimals and without a leading zero: .25, −.5, 1.5. It first rounds to three decimals, so that a learned
 * weight of −.07499999 prints the same as its true value −.075.
 *
 * @param {number} weight
 */
export function shortWeight(weight) {
  const text = Number(Math.abs(weight).toFixed(3))
    .toFixed(2)
    .replace(/^0\./, '.')
    .replace(/\.?0+$/, '');
  return text === '' ? '0' : weight < 0 ? `−${text}` : text;
}
