import { byId } from '../shared/dom.js';
import { oneOf, pageSettings, text, wholeNumber } from '../shared/settings.js';
import { SHAPES } from './drawings.js';
import { MAX_CLASSES, MIN_CLASSES, TRAINING } from './network.js';

const NAME = /^.{0,24}$/;

/** Enough epochs for the samples of the page: there are more digits than shapes. */
export const EPOCHS = { shapes: 20, digits: 8, photos: 8 };

/** The learning rates that suit the networks. */
export const RATES = { small: String(TRAINING.rate), mobilenet: '0.001' };
const ALL_RATES = ['0.0003', '0.001', '0.003', '0.01', '0.03'];

const BATCHES = ['8', '16', '32', '64'];

/** The settings in the address. */
export const settings = pageSettings({
  backend: oneOf(/** @type {const} */ (['wasm', 'cpu']), 'wasm'),
  epochs: wholeNumber({ from: 1, to: 60, fallback: EPOCHS.shapes }),
  network: oneOf(/** @type {const} */ (['small', 'mobilenet']), 'small'),
  batch: oneOf(BATCHES, String(TRAINING.batch)),
  rate: oneOf(ALL_RATES, RATES.small),
  from: oneOf(/** @type {const} */ (['pad', 'camera']), 'pad'),
  one: text(SHAPES[0], NAME),
  two: text(SHAPES[1], NAME),
  three: text(SHAPES[2], NAME),
  four: text('', NAME),
  five: text('', NAME),
  six: text('', NAME),
  seven: text('', NAME),
  eight: text('', NAME),
  nine: text('', NAME),
  ten: text('', NAME),
  classes: wholeNumber({ from: MIN_CLASSES, to: MAX_CLASSES, fallback: SHAPES.length }),
});

/** The settings that contain the names of the classes. */
export const NAMES = /** @type {const} */ ([
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
]);

/** @typedef {ReturnType<typeof settings.read>} Settings */

/** Returns whether the page shows the classes in more columns: they are many, and their names are short. @param {string[]} names */
export const areMany = (names) => names.length > 6 && names.every(({ length }) => length <= 3);

/** The state of the page. @typedef {'loading' | 'ready' | 'filling' | 'training' | 'broken'} Activity */

/** @param {Settings} values */
export function showOptions({ backend, network, epochs, batch, rate, from }) {
  check('backend', backend);
  check('network', network);
  byId('batch', HTMLSelectElement).value = batch;
  byId('rate', HTMLSelectElement).value = rate;
  check('from', from);
  byId('epochs', HTMLInputElement).value = String(epochs);
  byId('epochs-shown').textContent = String(epochs);
}

/** Calls `listener` when the user changes an option. @param {(changes: Partial<Settings>) => void} listener */
export function onOption(listener) {
  for (const name of ['backend', 'network', 'from']) {
    for (const input of radios(name)) input.addEventListener('change', () => listener({ [name]: input.value }));
  }
  for (const name of ['batch', 'rate']) {
    const select = byId(name, HTMLSelectElement);
    select.addEventListener('change', () => listener({ [name]: select.value }));
  }
  const epochs = byId('epochs', HTMLInputElement);
  epochs.addEventListener('input', () => listener({ epochs: epochs.valueAsNumber }));
}

/**
 * Enables the controls that the state of the page allows, and shows what is missing for training.
 *
 * @param {{ activity: Activity, missing: string, hasModel: boolean }} state
 */
export function enableControls({ activity, missing, hasModel }) {
  const isReady = activity === 'ready';
  const focused = document.activeElement?.id;
  for (const id of ['train-samples', 'train-digits']) enable(id, isReady);
  enable('train', isReady && !missing);
  enable('measure', isReady && !missing);
  enable('stop', activity === 'training' || activity === 'filling');
  moveFocus(focused);
  for (const id of ['download', 'save']) enable(id, isReady && hasModel);
  for (const id of ['load', 'restore']) enable(id, isReady);
  const areOptionsEnabled = isReady || activity === 'loading';
  for (const input of [
    ...radios('backend'),
    ...radios('network'),
    byId('epochs', HTMLInputElement),
    byId('batch', HTMLSelectElement),
    byId('rate', HTMLSelectElement),
  ])
    input.disabled = !areOptionsEnabled;
  byId('train-hint').textContent = missing;
  byId('train-hint').hidden = !missing;
}

/** Copies the text of `source` when the user presses the button. @param {HTMLButtonElement} button @param {HTMLElement} source */
export function connectCopyButton(button, source) {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent ?? '');
      button.textContent = 'Copied';
    } catch {
      getSelection()?.selectAllChildren(source); // the browser can forbid copying: the user copies the selection
      button.textContent = 'Selected: press Ctrl+C';
    }
    setTimeout(() => (button.textContent = label), 2000);
  });
}

/** @param {string} id @param {boolean} isEnabled */
function enable(id, isEnabled) {
  byId(id, HTMLButtonElement).disabled = !isEnabled;
}

/** The button that started the training with the focus. */
let startedFrom = 'train';

/**
 * A disabled button loses the focus. Moves the focus from the button that starts a training to Stop, and back.
 *
 * @param {string | undefined} focused
 */
function moveFocus(focused) {
  if (!focused || !['train', 'train-samples', 'train-digits', 'stop'].includes(focused)) return;
  if (!byId(focused, HTMLButtonElement).disabled) return;
  if (focused !== 'stop') startedFrom = focused;
  byId(focused === 'stop' ? startedFrom : 'stop').focus({ preventScroll: true });
}

function check(name, value) {
  for (const input of radios(name)) input.checked = input.value === value;
}

/** @param {string} name @returns {NodeListOf<HTMLInputElement>} */
function radios(name) {
  return document.querySelectorAll(`input[type="radio"][name="${name}"]`);
}
