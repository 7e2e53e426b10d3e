import { element } from '../shared/element.js';
import { CHANNELS } from './task.js';

const COLOURS = ['red', 'green', 'blue'];

/**
 * Draws kernels as squares of colour with their weights: one grid for each colour of the picture. The strength is relative to `largest`, so
 * that two kernels can be compared.
 *
 * @param {HTMLElement} host
 * @param {string} title for those who do not see it, such as 'true kernel'
 * @returns {(kernel: Float32Array | undefined, size: number, largest: number) => void} undefined leaves the squares empty
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
      const content = kernel ? `${weights[middle]?.toFixed(2)} in the middle` : 'not known yet';
      ofColour[0].parentElement?.setAttribute(
        'aria-label',
        `${title} of ${COLOURS[c]}, ${size} by ${size}, ${content}`,
      );
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

/** Two digits, without the 0 that says nothing: .25, −.5, 1.5. @param {number} weight */
function shortWeight(weight) {
  const text = Math.abs(weight)
    .toFixed(2)
    .replace(/^0\./, '.')
    .replace(/\.?0+$/, '');
  return text === '' ? '0' : weight < 0 ? `−${text}` : text;
}
