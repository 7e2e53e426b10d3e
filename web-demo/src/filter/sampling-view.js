import { samplingGrid } from './sampling-grid.js';

const SVG = 'http://www.w3.org/2000/svg';
const CELL = 10;

/** The arrow keys, as rows and columns to go. */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Shows which pixels of the input one pixel of the output reads: the reader chooses it with the pointer or the arrow keys.
 *
 * @param {{ input: SVGSVGElement, output: SVGSVGElement, caption: HTMLElement }} places
 * @returns {(settings: import('./task.js').Settings) => void} draws it for settings
 */
export function samplingView({ input, output, caption }) {
  /** @type {ReturnType<typeof samplingGrid>} */
  let grid;
  let chosen = [0, 0];
  /** @type {SVGRectElement[][]} with the padding */
  let inputs = [];
  /** @type {SVGRectElement[][]} */
  let outputs = [];

  output.addEventListener('keydown', (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault(); // the page would scroll
    choose(chosen[0] + step[0], chosen[1] + step[1]);
  });
  for (const type of /** @type {const} */ (['pointermove', 'pointerdown'])) {
    output.addEventListener(type, ({ clientX, clientY }) => {
      const { left, top, width } = output.getBoundingClientRect();
      choose(...[clientY - top, clientX - left].map((at) => Math.floor((at / width) * grid.out)));
    });
  }

  function choose(/** @type {number[]} */ ...wanted) {
    chosen = wanted.map((at) => Math.min(Math.max(at, 0), grid.out - 1));
    const [rows, columns] = chosen.map(grid.taps);
    mark(outputs, ([row, column]) => row === chosen[0] && column === chosen[1]);
    mark(inputs, ([row, column]) => rows.includes(row - grid.before) && columns.includes(column - grid.before));
    caption.textContent = describe(rows, columns);
  }

  function describe(/** @type {number[]} */ rows, /** @type {number[]} */ columns) {
    const isInside = (/** @type {number} */ at) => at >= 0 && at < grid.size;
    const inside = rows.filter(isInside).length * columns.filter(isInside).length;
    const all = rows.length * columns.length;
    const padding = inside < all ? ` ${all - inside} of its ${all} taps fall on padding, which adds nothing.` : '';
    const [row, column] = chosen.map((at) => at + 1);
    return `Output row ${row}, column ${column} reads ${inside} pixels of the input.${padding}`;
  }

  return (settings) => {
    grid = samplingGrid(settings);
    const { size, before, after, out } = grid;
    const isPadding = (/** @type {number} */ at) => at < before || at >= before + size;
    inputs = drawCells(input, before + size + after, ([row, column]) =>
      isPadding(row) || isPadding(column) ? 'padding' : 'pixel',
    );
    outputs = drawCells(output, out, () => 'pixel');
    output.style.width = `${(100 * out) / inputs.length}%`; // pixels of one size in both
    input.setAttribute('aria-label', `Input of ${size} by ${size} pixels, padding ${before} before and ${after} after`);
    output.setAttribute('aria-label', `Output of ${out} by ${out} pixels: choose one with the arrow keys`);
    const middle = Math.floor((out - 1) / 2);
    choose(middle, middle);
  };
}

/** @param {SVGSVGElement} svg @param {number} count along a side @param {(at: number[]) => string} classOf */
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
