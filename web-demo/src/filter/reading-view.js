import { geometryOf } from '../../../tests/js/support/oracle.js';
import { element } from '../shared/dom.js';
import { colour } from '../shared/page.js';
import { convolutionOf } from './task.js';

/** Rows and columns to move for each arrow key. */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
/** With the Shift key, an arrow moves this many pixels. */
const FAR = 10;
/** The width and height of the loupe, as a part of the picture. */
const LOUPE = 0.5;
/** Pixels that the loupe shows on each side of the pixels that are read. */
const AROUND = 3;

/**
 * Shows on the picture which pixels one pixel of the output reads: a frame, and a loupe with each pixel. The user points at the target or at
 * the output, or moves with the arrow keys.
 *
 * @param {{ picture: HTMLCanvasElement, target: HTMLCanvasElement, output: HTMLCanvasElement, caption: HTMLElement }} hosts
 * @returns {(settings: import('./task.js').Settings) => void} changes the settings
 */
export function readingView({ picture, target, output, caption }) {
  const idleText = String(caption.textContent).trim().replace(/\s+/g, ' ');
  const overlays = { picture: overlayOf(picture), target: overlayOf(target), output: overlayOf(output) };
  /** @type {{ out: number, before: number, kernel: number, stride: number, dilation: number }} of one axis: both are equal */
  let axis;
  /** The output pixel: row and column. @type {number[] | undefined} */
  let selected;

  for (const canvas of [target, output]) {
    for (const type of /** @type {const} */ (['pointermove', 'pointerdown'])) {
      canvas.addEventListener(type, ({ clientX, clientY }) => {
        const { left, top, width } = canvas.getBoundingClientRect();
        select([clientY - top, clientX - left].map((at) => Math.floor((at / width) * axis.out)));
      });
    }
    canvas.addEventListener('pointerleave', () => select(undefined));
  }
  output.addEventListener('keydown', (event) => {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault(); // an arrow key would scroll the page
    const from = selected ?? [axis.out >> 1, axis.out >> 1];
    select(from.map((at, i) => at + step[i] * (event.shiftKey ? FAR : 1)));
  });
  output.addEventListener('blur', () => select(undefined));

  /** @param {number[] | undefined} position */
  function select(position) {
    selected = position?.map((at) => Math.min(Math.max(at, 0), axis.out - 1));
    for (const overlay of Object.values(overlays)) overlay.clear();
    caption.textContent = selected ? describe(selected) : idleText;
    if (!selected) return;
    const [rows, columns] = selected.map(readBy);
    overlays.picture.read(rows, columns);
    for (const name of /** @type {const} */ (['target', 'output'])) overlays[name].frame(axis.out, selected, 1);
  }

  /** Returns the positions that an output reads. Some can be in the padding. @param {number} at */
  function readBy(at) {
    return Array.from({ length: axis.kernel }, (_, tap) => at * axis.stride + tap * axis.dilation - axis.before);
  }

  function describe(/** @type {number[]} */ position) {
    const size = picture.width;
    const inside = position.map((at) => readBy(at).filter((input) => input >= 0 && input < size).length);
    const [row, column] = position.map((at) => at + 1);
    const padding = axis.kernel ** 2 - inside[0] * inside[1];
    const rest = padding > 0 ? ` The other ${padding} are in the padding and read 0.` : '';
    return `Output row ${row}, column ${column} reads ${inside[0] * inside[1]} pixels of the picture.${rest}`;
  }

  return (settings) => {
    const { out, before } = /** @type {any} */ (geometryOf(convolutionOf(settings, picture.width, 1))).height;
    axis = { out, before, kernel: settings.kernel, stride: settings.stride, dilation: settings.dilation };
    select(undefined);
  };
}

/** Puts a transparent canvas over a picture. @param {HTMLCanvasElement} picture */
function overlayOf(picture) {
  const canvas = element('canvas', { className: 'overlay', 'aria-hidden': 'true' });
  picture.after(canvas);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

  /** Strokes a rectangle in two colours, so that it is visible on each picture. */
  function stroke(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ width,
    height = width,
    tint = 'accent',
  ) {
    for (const [lineWidth, style] of /** @type {const} */ ([
      [4, colour('surface')],
      [2, colour(tint)],
    ])) {
      Object.assign(context, { lineWidth, strokeStyle: style });
      context.strokeRect(x, y, width, height);
    }
  }

  return {
    /** Removes everything. The canvas then has as many pixels as the screen. */
    clear() {
      canvas.width = canvas.height = Math.round(picture.clientWidth * devicePixelRatio);
    },
    /** Frames a square of pixels, in a picture with `size` pixels along a side. @param {number} size @param {number[]} from @param {number} count */
    frame(size, [row, column], count) {
      const scale = canvas.width / size;
      stroke(column * scale - 2, row * scale - 2, count * scale + 4);
    },
    /** Frames the area of the read pixels, and shows each of them in a loupe. @param {number[]} rows @param {number[]} columns */
    read(rows, columns) {
      const size = picture.width;
      const reach = (/** @type {number[]} */ of) => /** @type {number} */ (of.at(-1)) - of[0] + 1;
      this.frame(size, [rows[0], columns[0]], reach(rows));
      const count = reach(rows) + 2 * AROUND;
      const [top, left] = [rows[0] - AROUND, columns[0] - AROUND];
      const side = canvas.width * LOUPE;
      // The loupe is in the corner that is far from the pixels.
      const x = left + count / 2 < size / 2 ? canvas.width - side : 0;
      const y = top + count / 2 < size / 2 ? canvas.height - side : 0;
      context.fillStyle = colour('sunken');
      context.fillRect(x, y, side, side);
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, left, top, count, count, x, y, side, side);
      stroke(x, y, side, side, 'text');
      const cell = side / count;
      for (const row of rows) {
        for (const column of columns) {
          const isInside = [row, column].every((at) => at >= 0 && at < size);
          const [cellX, cellY] = [x + (column - left) * cell, y + (row - top) * cell];
          stroke(cellX + 1, cellY + 1, cell - 2, cell - 2, isInside ? 'accent' : 'second');
        }
      }
    },
  };
}
