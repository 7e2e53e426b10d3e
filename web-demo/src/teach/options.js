import { byId } from '../shared/element.js';
import { oneOf, pageSettings, text, wholeNumber } from '../shared/settings.js';
import { SHAPES } from './shapes.js';

const NAME = /^.{0,24}$/;

/** What a link to the page keeps. */
export const settings = pageSettings({
  backend: oneOf(/** @type {const} */ (['wasm', 'cpu']), 'wasm'),
  epochs: wholeNumber({ from: 1, to: 60, fallback: 20 }),
  from: oneOf(/** @type {const} */ (['pad', 'camera']), 'pad'),
  one: text(SHAPES[0], NAME),
  two: text(SHAPES[1], NAME),
  three: text(SHAPES[2], NAME),
});

/** @typedef {ReturnType<typeof settings.read>} Settings */

/** @param {Settings} values */
export function showOptions({ backend, epochs, from }) {
  choose('backend', backend);
  choose('from', from);
  byId('epochs', HTMLInputElement).value = String(epochs);
  byId('epochs-shown').textContent = String(epochs);
}

/** @param {(changes: Partial<Settings>) => void} listener to what the reader chooses on the page */
export function onOption(listener) {
  for (const name of ['backend', 'from']) {
    for (const input of radios(name)) input.addEventListener('change', () => listener({ [name]: input.value }));
  }
  const epochs = byId('epochs', HTMLInputElement);
  epochs.addEventListener('input', () => listener({ epochs: epochs.valueAsNumber }));
}

/** @param {boolean} areAllowed */
export function allowOptions(areAllowed) {
  for (const input of [...radios('backend'), byId('epochs', HTMLInputElement)]) input.disabled = !areAllowed;
}

function choose(name, value) {
  for (const input of radios(name)) input.checked = input.value === value;
}

/** @param {string} name @returns {NodeListOf<HTMLInputElement>} */
function radios(name) {
  return document.querySelectorAll(`input[type="radio"][name="${name}"]`);
}
