import alea from 'seedrandom/lib/alea.js';
import { byId, element } from '../shared/dom.js';
import { nextFrame } from '../shared/next-frame.js';
import { SHAPES, drawShape, packed, pictureOf, sideOf } from './drawings.js';
import { areMany } from './controls.js';
import { PICTURE_TYPES, canvasOf, onFiles } from './photos.js';
import { MAX_CLASSES, MIN_CLASSES, PHOTO_SIZE } from './network.js';

/** @typedef {import('./drawings.js').Picture} Picture */

/** `source`: the drawing, or the burst of the camera, from which the picture comes. @typedef {{ picture: Picture, source: string }} Example */

/** Limit of examples of a class. More examples make the training longer, but not better. */
const MAX_EXAMPLES = 200;

/**
 * The page shows this number of examples of a class, the newest first: two rows for few classes, one row for more, and half a row for many
 * classes, whose cards are in two columns. See teach.css.
 */
const shownFor = (/** @type {number} */ classes) => (classes > 6 ? 9 : classes > 3 ? 14 : 28);

/** Training needs this number of examples of a class. */
const MIN_EXAMPLES = 3;

/** Number of samples of each shape that the page draws. */
const SAMPLES = 40;

/** A button repeats when the user holds it longer than this. */
const HOLD_DELAY_MS = 350;
const HOLD_INTERVAL_MS = 110;

/** The classes: their names and examples, shown as cards. */
export class Examples {
  /** @type {Example[][]} by class */
  #examples = SHAPES.map(() => []);
  #cards;
  #onChange;
  /** The states before each change of the user, the oldest first. @type {Example[][][]} */
  #history = [];
  #undo;
  /** The number of the latest picture file. */
  #files = 0;
  #hosts;
  /** The samples of the page that the user did not change; undefined for other examples. @type {'shapes' | 'digits' | undefined} */
  samplesOf;

  /**
   * @param {{ cards: HTMLElement, buttons: HTMLElement, undo: HTMLButtonElement, more: HTMLButtonElement, fewer: HTMLButtonElement }} hosts
   *   `more` and `fewer` add and remove the last class
   * @param {object} options
   * @param {(isFirst: boolean) => Example | undefined} options.take returns the example that a button adds. `isFirst` is false when the
   *   user holds the button.
   * @param {(files: File[]) => Promise<Picture[]>} options.read returns the pictures in files
   * @param {() => void} options.onChange
   * @param {(names: string[]) => void} options.onRename
   */
  constructor(hosts, { take, read, onChange, onRename }) {
    this.#onChange = onChange;
    this.#undo = hosts.undo;
    this.#hosts = hosts;
    hosts.more.addEventListener('click', () => this.#change([...this.#examples, []]));
    hosts.fewer.addEventListener('click', () => this.#change(this.#examples.slice(0, -1)));
    hosts.undo.addEventListener('click', () => {
      const before = this.#history.pop();
      if (before) this.set(before);
    });
    this.#cards = Array.from({ length: MAX_CLASSES }, (_, i) =>
      createCard(i, {
        add: (isFirst) => {
          const example = take(isFirst);
          if (!example) return;
          if (isFirst) this.#remember(); // “Undo” removes all examples of a hold
          this.#add(i, example);
        },
        addFiles: async (files) => {
          const pictures = await read(files);
          if (pictures.length === 0) return;
          this.#remember();
          this.#add(i, ...pictures.map((picture) => ({ picture, source: `file ${++this.#files}` })));
        },
        clear: () => this.#change(this.#examples.map((ofClass, j) => (i === j ? [] : ofClass))),
        remove: (example) =>
          this.#change(
            this.#examples.map((ofClass, j) => (i === j ? ofClass.filter((one) => one !== example) : ofClass)),
          ),
        rename: () => onRename(this.#shownCards.map(({ name }) => name.value)),
      }),
    );
    hosts.cards.replaceChildren(...this.#cards.map(({ root }) => root));
    hosts.buttons.replaceChildren(...this.#cards.map(({ add }) => add));
    this.#show();
  }

  /** The names of the classes. A class without a name gets its number. */
  get names() {
    return this.#shownCards.map(({ name }, i) => name.value.trim() || `class ${i + 1}`);
  }

  set names(names) {
    names.forEach((name, i) => {
      if (this.#cards[i].name.value !== name) this.#cards[i].name.value = name;
    });
    this.#updateLabels();
  }

  /** The examples by class. */
  get byClass() {
    return this.#examples;
  }

  /** Whether some examples are from the camera or from files. */
  get hasPhotos() {
    return this.#examples.flat().some(({ picture }) => sideOf(picture) === PHOTO_SIZE);
  }

  get count() {
    return this.#examples.flat().length;
  }

  /** Returns the examples in the form of the worker. @param {number} size side length of the pictures */
  samplesOfSize(size) {
    const all = this.#examples.flat();
    const pictures = all.map(({ picture }) => picture);
    const labels = Uint8Array.from(this.#examples.flatMap((ofClass, i) => ofClass.map(() => i)));
    return {
      pixels: packed(pictures, size),
      size,
      labels,
      sources: all.map(({ source }) => source),
      classes: this.#examples.length,
    };
  }

  /** What the user must add before training, or ''. The training ignores a class without examples. */
  get missing() {
    const started = this.#examples.filter(({ length }) => length > 0).length;
    if (started < 2) return `Add at least ${MIN_EXAMPLES} examples of two classes, or press “Train on sample shapes”.`;
    const short = this.names.filter((_, i) => {
      const { length } = this.#examples[i];
      return length > 0 && length < MIN_EXAMPLES;
    });
    return short.length > 0 ? `Add at least ${MIN_EXAMPLES} examples of ${short.join(' and ')}.` : '';
  }

  /** Changes the number of classes. @param {number} classes */
  resize(classes) {
    if (classes !== this.#examples.length) this.set(Array.from({ length: classes }, (_, i) => this.#examples[i] ?? []));
  }

  /** @param {Example[][]} examples by class */
  set(examples) {
    this.samplesOf = undefined;
    this.#examples = examples;
    this.#show();
    this.#onChange();
  }

  /**
   * Replaces the examples by samples of the page's shapes, and shows the drawing: one sample of each shape per frame.
   *
   * @param {import('./stage.js').Stage} stage
   * @param {number} seed
   * @param {AbortSignal} signal ends the drawing
   */
  async drawSamples(stage, seed, signal) {
    const random = alea(seed);
    this.#history = [];
    this.set(SHAPES.map(() => []));
    for (let i = 0; i < SAMPLES && !signal.aborted; ++i) {
      const drawings = SHAPES.map((shape) => drawShape(shape, random));
      stage.show(drawings[i % SHAPES.length]);
      const added = drawings.map((drawing) => ({ picture: pictureOf(drawing), source: `sample ${i}` }));
      this.set(this.#examples.map((before, j) => [...before, added[j]]));
      await nextFrame();
    }
    this.samplesOf = 'shapes';
  }

  /** Replaces the examples by handwritten digits. @param {Picture[][]} pictures of each digit */
  showDigits(pictures) {
    this.#history = [];
    this.set(pictures.map((ofDigit) => ofDigit.map((picture, i) => ({ picture, source: `digit ${i}` }))));
    this.samplesOf = 'digits';
  }

  /** Enables the buttons that add examples. @param {boolean} isEnabled */
  enableAdding(isEnabled) {
    for (const { add } of this.#cards) add.setAttribute('aria-disabled', String(!isEnabled));
  }

  get #shownCards() {
    return this.#cards.slice(0, this.#examples.length);
  }

  #remember() {
    this.#history.push(this.#examples);
  }

  /** Changes the examples so that the user can undo it. @param {Example[][]} examples by class */
  #change(examples) {
    this.#remember();
    this.set(examples);
  }

  /** @param {number} i index of the class @param {...Example} added */
  #add(i, ...added) {
    this.set(this.#examples.map((before, j) => (i === j ? [...before, ...added].slice(0, MAX_EXAMPLES) : before)));
  }

  #show() {
    this.#undo.disabled = this.#history.length === 0;
    const { more, fewer, cards } = this.#hosts;
    const classes = this.#examples.length;
    more.disabled = classes === MAX_CLASSES;
    fewer.disabled = classes === MIN_CLASSES;
    cards.classList.toggle('one-row', shownFor(classes) === 14);
    cards.classList.toggle('two-columns', shownFor(classes) === 9);
    this.#cards.forEach(({ root, add }, i) => (root.hidden = add.hidden = i >= classes));
    this.#shownCards.forEach(({ count, clear, show }, i) => {
      const examples = this.#examples[i];
      const unit = classes > 6 ? '' : examples.length === 1 ? ' example' : ' examples';
      count.textContent = `${examples.length}${unit}`;
      count.hidden = clear.hidden = examples.length === 0;
      show(examples.slice(-shownFor(classes)).reverse());
    });
    this.#updateLabels();
  }

  #updateLabels() {
    this.#hosts.buttons.classList.toggle('five-columns', areMany(this.names));
    this.names.forEach((name, i) => {
      this.#cards[i].add.textContent = name;
      this.#cards[i].add.setAttribute('aria-label', `Add to ${name}`);
      this.#cards[i].input.setAttribute('aria-label', `Add picture files to ${name}`);
      this.#cards[i].clear.setAttribute('aria-label', `Remove the examples of ${name}`);
      this.#cards[i].strip.setAttribute('aria-label', `Examples of ${name}, the newest first`);
    });
  }
}

/**
 * @param {number} i
 * @param {{ add: (isFirst: boolean) => void, addFiles: (files: File[]) => void, clear: () => void, remove: (example: Example) => void, rename: () => void }} actions
 */
function createCard(i, { add, addFiles, clear, remove, rename }) {
  const name = element('input', {
    className: 'class-name',
    id: `class-name-${i + 1}`,
    maxLength: 24,
    placeholder: `class ${i + 1}`,
    spellcheck: false,
    autocomplete: 'off',
    oninput: rename,
    'aria-label': `Name of class ${i + 1}`,
  });
  const count = element('span', { className: 'hint' });
  const removal = element('button', { type: 'button', className: 'quiet', onclick: clear }, 'Remove');
  const strip = element('div', { className: 'strip', role: 'group' });
  const show = exampleStrip(strip, remove);
  const button = element('button', { type: 'button', className: `hold class-${i + 1}`, id: `add-${i + 1}` });
  onHold(button, add);
  const input = element('input', { type: 'file', accept: PICTURE_TYPES, multiple: true, className: 'unseen' });
  const files = element('label', { className: 'quiet files' }, 'Files', input);
  const head = element('div', { className: 'class-head' }, name, count, files, removal);
  const root = element('div', { className: `class class-${i + 1}` }, head, strip);
  onFiles(root, input, addFiles);
  return { root, name, count, input, clear: removal, strip, show, add: button };
}

/**
 * Shows examples as buttons that remove them. The arrow keys move between the buttons, so that Tab leaves the strip.
 *
 * @param {HTMLElement} strip
 * @param {(example: Example) => void} remove
 * @returns {(examples: Example[]) => void} shows these examples
 */
function exampleStrip(strip, remove) {
  /** The button of each example. Without this cache, each new example would draw all canvases again. @type {WeakMap<Example, HTMLButtonElement>} */
  const buttons = new WeakMap();
  const all = () => /** @type {HTMLButtonElement[]} */ ([...strip.querySelectorAll('button')]);

  strip.addEventListener('keydown', ({ key }) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    const shown = all();
    if (step) shown[shown.indexOf(/** @type {any} */ (document.activeElement)) + step]?.focus();
  });

  /** @param {Example} example */
  function buttonOf(example) {
    const button = element(
      'button',
      { type: 'button', className: 'example', title: 'Remove this example' },
      canvasOf(example.picture),
    );
    button.addEventListener('click', () => {
      const at = all().indexOf(button);
      remove(example);
      const left = all();
      (left[Math.min(at, left.length - 1)] ?? byId('undo-examples')).focus({ preventScroll: true });
    });
    buttons.set(example, button);
    return button;
  }

  return (examples) => {
    const shown = examples.map((example) => buttons.get(example) ?? buttonOf(example));
    shown.forEach((button, at) => {
      button.tabIndex = at === 0 ? 0 : -1;
      button.setAttribute('aria-label', `Remove example ${at + 1}`);
    });
    strip.classList.toggle('empty', shown.length === 0);
    strip.replaceChildren(...(shown.length > 0 ? shown : [element('span', { className: 'hint' }, 'No examples yet')]));
  };
}

/**
 * Calls `take` when the user presses the button, and repeatedly while the user holds it with a pointer, Space or Enter.
 *
 * @param {HTMLButtonElement} button
 * @param {(isFirst: boolean) => void} take
 */
function onHold(button, take) {
  /** @type {number | undefined} */
  let timer;
  const begin = () => {
    if (timer !== undefined || button.disabled) return;
    button.classList.add('held');
    const repeat = () => {
      timer = window.setTimeout(repeat, HOLD_INTERVAL_MS);
      take(false);
    };
    timer = window.setTimeout(repeat, HOLD_DELAY_MS);
    take(true);
  };
  const end = () => {
    clearTimeout(timer);
    timer = undefined;
    button.classList.remove('held');
  };

  button.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const type of ['pointerup', 'pointercancel', 'blur', 'keyup']) button.addEventListener(type, end);
  button.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault(); // the key would also click the button
    if (!event.repeat) begin();
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault()); // a long touch would open the menu
  button.addEventListener('click', (event) => {
    if (event.detail === 0) take(true); // a click without pointer or key, from assistive software
  });
}
