import { element } from '../shared/element.js';
import { CHANNELS } from './task.js';

const COLOURS = ['red', 'green', 'blue'];

/**
 * Draws kernels as squares of colour with their weights: one grid for each colour of the picture. The strength is relative to `largest`, so
 * that two kernels can be compared.
 *
 * @param {HTMLElement} host
 * @param {string} title for those who do not see it, such as 'true kernel'
 * @returns {(kernel: Float32Array, size: number, largest: number) => void}
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
    cells.forEach((ofColour, c) => {
      ofColour.forEach((cell, tap) => show(cell, kernel[tap * CHANNELS + c], largest));
      const middle = kernel[Math.floor((size ** 2 - 1) / 2) * CHANNELS + c];
      ofColour[0].parentElement?.setAttribute(
        'aria-label',
        `${title} of ${COLOURS[c]}, ${size} by ${size}, ${middle.toFixed(2)} in the middle`,
      );
    });
  };
}

/** @param {HTMLElement} cell @param {number} weight @param {number} largest */
function show(cell, weight, largest) {
  const strength = Math.min(1, Math.abs(weight) / largest);
  cell.style.setProperty('--strength', `${(100 * strength ** 0.7).toFixed(1)}%`);
  cell.classList.toggle('negative', weight < 0);
  cell.classList.toggle('strong', strength > 0.45);
  cell.textContent = shortWeight(weight);
  cell.title = weight.toFixed(5);
}

/** Two digits, without the 0 that says nothing: .25, −.5, 1.5. @param {number} weight */
function shortWeight(weight) {
  const text = Math.abs(weight)
    .toFixed(2)
    .replace(/^0\./, '.')
    .replace(/\.?0+$/, '');
  return text === '' ? '0' : weight < 0 ? `−${text}` : text;
}
