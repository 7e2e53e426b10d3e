import { byId } from '../shared/element.js';
import { oneOf, pageSettings, wholeNumber } from '../shared/settings.js';
import { effects } from './effects.js';
import { ownPictures } from './pictures.js';

const settings = pageSettings({
  picture: oneOf(ownPictures, 'landscape'),
  effect: oneOf(Object.keys(effects), 'emboss'),
  kernel: wholeNumber({ from: 2, to: 7, fallback: 5 }),
  stride: wholeNumber({ from: 1, to: 3, fallback: 1 }),
  dilation: wholeNumber({ from: 1, to: 3, fallback: 1 }),
  padding: oneOf(/** @type {const} */ (['same', 'valid']), 'same'),
});

/** The layer, like Keras's up to 3.14, takes a stride above 1 or a dilation above 1: the one that is set last stays. */
const RIVALS = { stride: 'dilation', dilation: 'stride' };

/** @typedef {ReturnType<typeof read>} Values */

/** What is set, in the page's address. */
export function read() {
  const values = settings.read();
  return values.stride > 1 ? { ...values, dilation: 1 } : values;
}

/**
 * Makes the form and the address follow each other.
 *
 * @param {(values: Values, changed: string) => void} onChange `changed`: the name of what the reader has changed; '' for the address
 */
export function connectControls(onChange) {
  const form = byId('settings', HTMLFormElement);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !(target.name in settings.read())) return;
    const { name } = target;
    const value = target.type === 'range' ? target.valueAsNumber : target.value;
    const rival = RIVALS[name];
    settings.write({ [name]: value, ...(rival && Number(value) > 1 ? { [rival]: 1 } : {}) });
    show();
    onChange(read(), name);
  });
  settings.onChange(() => {
    show();
    onChange(read(), '');
  });
  show();

  function show() {
    for (const [name, value] of Object.entries(read())) {
      const control = form.elements.namedItem(name);
      if (control instanceof RadioNodeList || control instanceof HTMLInputElement) control.value = String(value);
      const output = form.querySelector(`output[name="${name}-text"]`);
      if (output) output.textContent = name === 'kernel' ? `${value} × ${value}` : String(value);
    }
  }
}
