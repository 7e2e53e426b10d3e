import { INK, PAPER, PEN_WIDTH } from './drawings.js';

/** @typedef {import('./drawings.js').Stroke} Stroke */

/** Distance that an arrow key moves the pen, relative to the pad. With Shift, the pen moves a quarter of it. */
const KEY_STEP = 0.05;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A canvas on which the user draws with a finger, a pen, a mouse or the keyboard. */
export class Pad {
  /** @type {Stroke[]} */
  #strokes = [];
  #canvas;
  #context;
  #onChange;
  #announce;
  /** Whether the drawing is already an example. The next stroke then starts a new drawing. */
  #isAdded = false;
  /** The number of the drawing: each new drawing gets the next number. */
  #number = 0;
  /** Position of the keyboard's pen. @type {[number, number]} */
  #pen = [0.5, 0.5];
  #isPenDown = false;
  #isPenShown = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ onChange: () => void, announce: (text: string) => void }} options `announce` receives texts about the keyboard's pen for screen readers
   */
  constructor(canvas, { onChange, announce }) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.#onChange = onChange;
    this.#announce = announce;
    this.#listenToPointers();
    canvas.addEventListener('keydown', (event) => this.#onKey(event));
    canvas.addEventListener('focus', () => this.#showPen(canvas.matches(':focus-visible')));
    canvas.addEventListener('blur', () => {
      this.#isPenDown = false;
      this.#showPen(false);
    });
    this.#paint();
  }

  get strokes() {
    return this.#strokes;
  }

  /** The number of the current drawing. Variations of one drawing have the same number. */
  get number() {
    return this.#number;
  }

  /** Replaces the drawing. @param {Stroke[]} strokes */
  show(strokes) {
    this.#strokes = strokes;
    ++this.#number;
    this.#isAdded = strokes.length > 0;
    this.#isPenDown = false;
    this.#changed();
  }

  /** Removes the last stroke. */
  undo() {
    this.#isPenDown = false;
    this.#strokes = this.#strokes.slice(0, -1);
    this.#changed();
  }

  /** Marks the drawing as an example. */
  markAdded() {
    this.#isAdded = true;
  }

  #listenToPointers() {
    const canvas = this.#canvas;
    /** @type {number | undefined} */
    let drawing;
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || drawing !== undefined) return;
      drawing = event.pointerId;
      canvas.setPointerCapture(event.pointerId);
      this.#showPen(false);
      this.#isPenDown = false;
      this.#begin(this.#at(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      if (event.pointerId !== drawing) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const each of events.length > 0 ? events : [event]) this.#extend(this.#at(each));
    });
    for (const end of ['pointerup', 'pointercancel']) {
      canvas.addEventListener(end, (event) => {
        if (/** @type {PointerEvent} */ (event).pointerId === drawing) drawing = undefined;
      });
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key } = event;
    if (key === 'z' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.undo();
      this.#announce('The last stroke is removed.');
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (key in ARROWS) {
      const step = event.shiftKey ? KEY_STEP / 4 : KEY_STEP;
      const [right, down] = ARROWS[key];
      const inside = (position) => Math.min(Math.max(position, 0), 1);
      this.#pen = [inside(this.#pen[0] + step * right), inside(this.#pen[1] + step * down)];
      if (this.#isPenDown) this.#extend(this.#pen);
    } else if (key === ' ') {
      this.#isPenDown = !this.#isPenDown;
      this.#announce(this.#isPenDown ? 'The pen is down.' : 'The pen is up.');
      if (this.#isPenDown) this.#begin(this.#pen);
    } else if (key === 'Delete' || key === 'Backspace') {
      this.show([]);
      this.#announce('The pad is empty.');
    } else return;
    event.preventDefault();
    this.#showPen(true);
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #at(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const inside = (/** @type {number} */ position) => Math.min(Math.max(position, 0), 1); // the pointer can leave the pad
    return [inside((event.clientX - left) / width), inside((event.clientY - top) / height)];
  }

  /** @param {[number, number]} point */
  #begin(point) {
    if (this.#isAdded) {
      this.#strokes = [];
      ++this.#number;
    }
    this.#isAdded = false;
    this.#strokes = [...this.#strokes, [point]];
    this.#changed();
  }

  /** @param {[number, number]} point */
  #extend(point) {
    this.#strokes.at(-1)?.push(point);
    this.#changed();
  }

  /** @param {boolean} isShown */
  #showPen(isShown) {
    this.#isPenShown = isShown;
    this.#paint();
  }

  #changed() {
    this.#paint();
    this.#onChange();
  }

  #paint() {
    const context = this.#context;
    const { width } = this.#canvas;
    context.fillStyle = rgb(PAPER);
    context.fillRect(0, 0, width, width);
    context.strokeStyle = rgb(INK);
    context.lineWidth = PEN_WIDTH * width;
    context.lineCap = context.lineJoin = 'round';
    for (const stroke of this.#strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => (i === 0 ? context.moveTo(x * width, y * width) : context.lineTo(x * width, y * width))); // prettier-ignore
      if (stroke.length === 1) context.lineTo(stroke[0][0] * width, stroke[0][1] * width);
      context.stroke();
    }
    if (this.#isPenShown) this.#paintPen();
  }

  #paintPen() {
    const context = this.#context;
    const { width } = this.#canvas;
    const [x, y] = this.#pen.map((at) => at * width);
    context.lineWidth = 5;
    context.strokeStyle = context.fillStyle = '#fb9a5f';
    context.beginPath();
    context.arc(x, y, 0.045 * width, 0, 2 * Math.PI);
    context.stroke();
    if (this.#isPenDown) context.fill();
  }
}

/** @param {number[]} colour */
function rgb(colour) {
  return `rgb(${colour.join(' ')})`;
}
