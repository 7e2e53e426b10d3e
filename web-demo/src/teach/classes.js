import { element } from '../shared/element.js';
import { CLASSES, SIZE } from './network.js';
import { onHold } from './hold.js';

/** @typedef {import('./picture.js').Picture} Picture */

/** Of a class. More train no better and only longer. */
const MOST = 200;

/** Of the newest are shown. */
const SHOWN = 40;

/** The three classes: their names and their examples, as cards. */
export class Classes {
  /** @type {Picture[][]} */
  #pictures = Array.from({ length: CLASSES }, () => []);
  #cards;
  #onChange;
  /** Whether the page has drawn all of the examples. */
  arePagesOwn = false;

  /**
   * @param {{ cards: HTMLElement, buttons: HTMLElement }} hosts
   * @param {object} options
   * @param {(isFirst: boolean) => Picture | undefined} options.take what a button that is pressed, or still held, adds
   * @param {() => void} options.onChange of the examples
   * @param {(names: string[]) => void} options.onRename
   */
  constructor(hosts, { take, onChange, onRename }) {
    this.#onChange = onChange;
    this.#cards = this.#pictures.map((_, i) =>
      makeCard(i, {
        add: (isFirst) => {
          const picture = take(isFirst);
          if (!picture) return;
          this.add(i, picture);
          this.arePagesOwn = false;
        },
        clear: () => this.set(this.#pictures.map((pictures, j) => (i === j ? [] : pictures))),
        rename: () => onRename(this.#cards.map(({ name }) => name.value)),
      }),
    );
    hosts.cards.replaceChildren(...this.#cards.map(({ root }) => root));
    hosts.buttons.replaceChildren(...this.#cards.map(({ add }) => add));
    this.#show();
  }

  /** What they are called; one without a name by its number. */
  get names() {
    return this.#cards.map(({ name }, i) => name.value.trim() || `class ${i + 1}`);
  }

  set names(names) {
    names.forEach((name, i) => {
      if (this.#cards[i].name.value !== name) this.#cards[i].name.value = name;
    });
    this.#label();
  }

  /** The examples, by class. */
  get pictures() {
    return this.#pictures;
  }

  get count() {
    return this.#pictures.flat().length;
  }

  /** @param {number} i of the class @param {Picture} picture */
  add(i, picture) {
    this.set(this.#pictures.map((before, j) => (i === j ? [...before, picture].slice(0, MOST) : before)));
  }

  /** @param {Picture[][]} pictures by class */
  set(pictures) {
    this.#pictures = pictures;
    this.#show();
    this.#onChange();
  }

  /** Whether there is something that the buttons would add. @param {boolean} isAllowed */
  allowAdding(isAllowed) {
    for (const { add } of this.#cards) add.setAttribute('aria-disabled', String(!isAllowed));
  }

  #show() {
    this.#cards.forEach(({ count, clear, strip }, i) => {
      const pictures = this.#pictures[i];
      count.textContent = pictures.length === 1 ? '1 example' : `${pictures.length} examples`;
      count.hidden = clear.hidden = pictures.length === 0;
      const newest = pictures.slice(-SHOWN).reverse();
      strip.classList.toggle('empty', newest.length === 0);
      strip.replaceChildren(
        ...(newest.length > 0 ? newest.map(thumbnail) : [element('span', { className: 'hint' }, 'No examples yet')]),
      );
    });
    this.#label();
  }

  #label() {
    this.names.forEach((name, i) => {
      this.#cards[i].add.textContent = name;
      this.#cards[i].add.setAttribute('aria-label', `Add to ${name}`);
      this.#cards[i].clear.setAttribute('aria-label', `Remove the examples of ${name}`);
    });
  }
}

/** @param {number} i @param {{ add: (isFirst: boolean) => void, clear: () => void, rename: () => void }} actions */
function makeCard(i, { add, clear, rename }) {
  const name = element('input', {
    className: 'class-name',
    id: `class-name-${i + 1}`,
    maxLength: 24,
    spellcheck: false,
    autocomplete: 'off',
    oninput: rename,
    'aria-label': `Name of class ${i + 1}`,
  });
  const count = element('span', { className: 'hint' });
  const removal = element('button', { type: 'button', className: 'quiet', onclick: clear }, 'Remove');
  const strip = element('div', { className: 'strip', 'aria-hidden': 'true' });
  const button = element('button', { type: 'button', className: `hold class-${i + 1}`, id: `add-${i + 1}` });
  onHold(button, add);
  const head = element('div', { className: 'class-head' }, name, count, removal);
  return { root: element('div', { className: `class class-${i + 1}` }, head, strip), name, count, clear: removal, strip, add: button }; // prettier-ignore
}

/** A picture keeps its canvas, which would otherwise be made anew for each example that joins it. @type {WeakMap<Picture, HTMLCanvasElement>} */
const thumbnails = new WeakMap();

/** @param {Picture} picture */
function thumbnail(picture) {
  const canvas = thumbnails.get(picture) ?? element('canvas', { width: SIZE, height: SIZE });
  if (!thumbnails.has(picture)) {
    canvas.getContext('2d')?.putImageData(new ImageData(picture, SIZE, SIZE), 0, 0);
    thumbnails.set(picture, canvas);
  }
  return canvas;
}
