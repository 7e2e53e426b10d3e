import { byId } from '../shared/dom.js';
import { oneOf, pageSettings, wholeNumber } from '../shared/settings.js';
import { samplePictures } from './pictures.js';
import { effects } from './task.js';

const settings = pageSettings({
  picture: oneOf(samplePictures, 'landscape'),
  effect: oneOf(Object.keys(effects), 'emboss'),
  kernel: wholeNumber({ from: 2, to: 7, fallback: 5 }),
  stride: wholeNumber({ from: 1, to: 3, fallback: 1 }),
  dilation: wholeNumber({ from: 1, to: 3, fallback: 1 }),
  padding: oneOf(/** @type {const} */ (['same', 'valid']), 'same'),
});

/** Like Keras up to 3.14, the layer takes a stride above 1 or a dilation above 1. The page keeps the setting that changed last. */
const EXCLUDED = { stride: 'dilation', dilation: 'stride' };

/** @typedef {ReturnType<typeof read>} Values */

/** Returns the settings in the address of the page. */
export function read() {
  const values = settings.read();
  return values.stride > 1 ? { ...values, dilation: 1 } : values;
}

/**
 * Keeps the form and the address equal.
 *
 * @param {(values: Values, changed: string) => void} onChange `changed` is the name of the setting that the user changed, '' when the
 *   address changed
 */
export function connectControls(onChange) {
  const form = byId('settings', HTMLFormElement);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !(target.name in settings.read())) return;
    const { name } = target;
    const value = target.type === 'range' ? target.valueAsNumber : target.value;
    const excluded = EXCLUDED[name];
    settings.write({ [name]: value, ...(excluded && Number(value) > 1 ? { [excluded]: 1 } : {}) });
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
