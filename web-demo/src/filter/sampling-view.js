import { geometryOf } from '../../../tests/js/support/oracle.js';
import { convolutionOf } from './task.js';

const SVG = 'http://www.w3.org/2000/svg';
const CELL = 10;

/** Rows and columns to move for each arrow key. */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Shows which input pixels one output pixel reads. The user selects the output pixel with the pointer or the arrow keys.
 *
 * @param {{ input: SVGSVGElement, output: SVGSVGElement, caption: HTMLElement }} hosts
 * @returns {(settings: import('./task.js').Settings) => void} draws the grids for these settings
 */
export function samplingView({ input, output, caption }) {
  /** @type {ReturnType<typeof samplingGrid>} */
  let grid;
  let selected = [0, 0];
  /** @type {SVGRectElement[][]} with the padding */
  let inputs = [];
  /** @type {SVGRectElement[][]} */
  let outputs = [];

  output.addEventListener('keydown', (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault(); // an arrow key would scroll the page
    select(selected[0] + step[0], selected[1] + step[1]);
  });
  for (const type of /** @type {const} */ (['pointermove', 'pointerdown'])) {
    output.addEventListener(type, ({ clientX, clientY }) => {
      const { left, top, width } = output.getBoundingClientRect();
      select(...[clientY - top, clientX - left].map((at) => Math.floor((at / width) * grid.out)));
    });
  }

  function select(/** @type {number[]} */ ...position) {
    selected = position.map((at) => Math.min(Math.max(at, 0), grid.out - 1));
    const [rows, columns] = selected.map(grid.inputsOf);
    mark(outputs, ([row, column]) => row === selected[0] && column === selected[1]);
    mark(inputs, ([row, column]) => rows.includes(row - grid.before) && columns.includes(column - grid.before));
    caption.textContent = describe(rows, columns);
  }

  function describe(/** @type {number[]} */ rows, /** @type {number[]} */ columns) {
    const isInside = (/** @type {number} */ at) => at >= 0 && at < grid.size;
    const inside = rows.filter(isInside).length * columns.filter(isInside).length;
    const all = rows.length * columns.length;
    const padding = inside < all ? ` ${all - inside} of the ${all} taps are in the padding and read 0.` : '';
    const [row, column] = selected.map((at) => at + 1);
    return `Output row ${row}, column ${column} reads ${inside} input pixels.${padding}`;
  }

  return (settings) => {
    grid = samplingGrid(settings);
    const { size, before, after, out } = grid;
    const isPadding = (/** @type {number} */ at) => at < before || at >= before + size;
    inputs = drawCells(input, before + size + after, ([row, column]) =>
      isPadding(row) || isPadding(column) ? 'padding' : 'pixel',
    );
    outputs = drawCells(output, out, () => 'pixel');
    output.style.width = `${(100 * out) / inputs.length}%`; // pixels have the same size in both grids
    input.setAttribute('aria-label', `Input of ${size} by ${size} pixels, padding ${before} before and ${after} after`);
    output.setAttribute('aria-label', `Output of ${out} by ${out} pixels. Select a pixel with the arrow keys.`);
    const middle = Math.floor((out - 1) / 2);
    select(middle, middle);
  };
}

/**
 * Returns one axis of a small square picture under the settings: its size, its padding, its number of outputs, and the inputs of each
 * output. Both axes are equal.
 *
 * @param {import('./task.js').Settings} settings
 */
function samplingGrid(settings) {
  const { kernel, stride, dilation } = settings;
  const reach = (kernel - 1) * dilation + 1;
  const size = Math.max(8, reach + 2 * stride);
  const { out, before } = /** @type {any} */ (geometryOf(convolutionOf(settings, size, 1))).height;
  const after = Math.max(0, (out - 1) * stride + reach - size - before);
  return {
    ...{ size, before, after, out },
    /** Positions below 0 and from `size` on are padding. @param {number} at an output */
    inputsOf: (at) => Array.from({ length: kernel }, (_, tap) => at * stride + tap * dilation - before),
  };
}

/** @param {SVGSVGElement} svg @param {number} count of cells along a side @param {(at: number[]) => string} classOf */
function drawCells(svg, count, classOf) {
  svg.setAttribute('viewBox', `-1 -1 ${count * CELL + 1} ${count * CELL + 1}`);
  const cells = Array.from({ length: count }, (_, row) =>
    Array.from({ length: count }, (_, column) => {
      const rect = document.createElementNS(SVG, 'rect');
      const attributes = { x: column * CELL, y: row * CELL, width: CELL - 1, height: CELL - 1, rx: 1.5 };
      for (const [name, value] of Object.entries(attributes)) rect.setAttribute(name, String(value));
      rect.setAttribute('class', classOf([row, column]));
      return rect;
    }),
  );
  svg.replaceChildren(...cells.flat());
  return cells;
}

/** @param {SVGRectElement[][]} cells @param {(at: number[]) => boolean} isMarked */
function mark(cells, isMarked) {
  cells.forEach((ofRow, row) =>
    ofRow.forEach((cell, column) => cell.classList.toggle('read', isMarked([row, column]))),
  );
}
