import { byId, element } from '../shared/dom.js';
import { oneOf, pageSettings, someOf, text } from '../shared/settings.js';
import { DEFAULT_PRESET, FIELDS, fieldsOf, groupTitle, presetGroups, presetLayer, readLayer, shapeText } from './layers.js'; // prettier-ignore
import { networkOf, networkPasses } from './networks.js';
import { backends, passes } from './report.js';
import { THREADS } from './threads.js';

/** @param {{ id: string }[]} items */
const idsOf = (items) => items.map(({ id }) => id);

/** The settings in the address. `layer` is the name of a preset, or a shape in the form of bench/shared/layers.js. */
export const settings = pageSettings({
  layer: text(DEFAULT_PRESET),
  passes: someOf(idsOf(passes)),
  networkPasses: someOf(idsOf(networkPasses)),
  // The backends of a GPU are not in each device, and compile a shader for each shape: the user selects them.
  backends: someOf(idsOf(backends), idsOf(backends.filter(({ isGpu }) => !isGpu))),
  threads: someOf(THREADS, ['auto']),
  time: oneOf(['quick', 'thorough'], 'quick'),
});

/**
 * Creates checkboxes. At least one of them stays checked.
 *
 * @param {HTMLElement} host
 * @param {{ id: string, title: string, kind?: string, unavailable?: string }[]} items `unavailable`: why the user cannot select the item
 * @param {(ids: string[]) => void} onChange
 * @returns {{ show: (ids: string[]) => void, selected: () => string[], disable: (id: string, reason: string) => void }}
 */
export function checkList(host, items, onChange) {
  const boxes = items.map(({ id, title, kind, unavailable }) => {
    const box = element('input', { type: 'checkbox', value: id, disabled: Boolean(unavailable) });
    const label = element('span', {}, title);
    for (const more of [kind, unavailable]) {
      if (more) label.append(' ', element('span', { className: 'hint' }, more));
    }
    host.append(element('label', {}, box, label));
    return box;
  });
  const selected = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  host.addEventListener('change', ({ target }) => {
    if (selected().length === 0) /** @type {HTMLInputElement} */ (target).checked = true;
    onChange(selected());
  });
  return {
    show(ids) {
      for (const box of boxes) box.checked = ids.includes(box.value) && !box.disabled;
      const available = boxes.find(({ disabled }) => !disabled);
      if (selected().length === 0 && available) available.checked = true;
    },
    selected,
    /** Makes an item unavailable. @param {string} id @param {string} reason */
    disable(id, reason) {
      const box = boxes.find(({ value }) => value === id);
      if (!box || box.disabled) return;
      Object.assign(box, { disabled: true, checked: false });
      box.nextElementSibling?.append(' ', element('span', { className: 'hint' }, reason));
    },
  };
}

/**
 * Connects the radio buttons in `host`.
 *
 * @param {HTMLElement} host
 * @param {(value: string) => void} onChange
 */
export function radioGroup(host, onChange) {
  const radios = /** @type {HTMLInputElement[]} */ ([...host.querySelectorAll('input[type="radio"]')]);
  host.addEventListener('change', ({ target }) => onChange(/** @type {HTMLInputElement} */ (target).value));
  return {
    /** @param {string} value */
    show(value) {
      for (const radio of radios) radio.checked = radio.value === value;
    },
    selected: () => radios.find(({ checked }) => checked)?.value ?? '',
  };
}

/** The value of the preset list that stands for the fields of the form. */
const OWN = 'own';

/** The rows of the form. With two fields, the second is for the width. */
const ROWS = [
  { title: 'Batch', fields: ['batch'] },
  { title: 'Height × width', fields: ['height', 'width'] },
  { title: 'Channels', fields: ['channels'] },
  { title: 'Multiplier', fields: ['multiplier'] },
  { title: 'Filter', fields: ['filterHeight', 'filterWidth'] },
  { title: 'Strides', fields: ['strideHeight', 'strideWidth'] },
  { title: 'Dilations', fields: ['dilationHeight', 'dilationWidth'] },
];

/**
 * Connects the choice of a layer: a list of presets, and fields for the user's own shape. The fields show the preset until the user changes
 * them.
 *
 * @param {(layer: any) => void} onChange receives the layer, or null when a field is wrong
 * @returns {{ show: (layer: any) => void }}
 */
export function layerForm(onChange) {
  const preset = byId('preset', HTMLSelectElement);
  const details = byId('shape', HTMLDetailsElement);
  const problem = byId('problem');
  const { inputs, padding } = createFields(byId('shape-fields'));

  preset.append(
    element('option', { value: OWN }, 'Your own shape'),
    ...presetGroups.map(({ title, presets }) =>
      element(
        'optgroup',
        { label: title },
        ...presets.map(({ name, title }) => element('option', { value: name }, title)),
      ),
    ),
  );

  preset.addEventListener('change', () => {
    if (preset.value === OWN) {
      details.hidden = false;
      details.open = true;
      return readFields();
    }
    const layer = presetLayer(preset.value);
    show(layer);
    onChange(layer);
  });
  byId('shape-fields').addEventListener('input', readFields);

  function readFields() {
    preset.value = OWN;
    inputs.pad.hidden = padding.value !== 'number';
    const texts = Object.fromEntries(Object.entries(inputs).map(([field, input]) => [field, input.value]));
    const { layer, problems } = readLayer({ ...texts, padding: padding.value });
    showProblems(problems);
    if (layer) showTexts(layer);
    onChange(layer);
  }

  function showProblems(problems) {
    problem.textContent = problems.map(({ message }) => message).join(' ');
    if (problems.length > 0) details.open = true;
    for (const [field, input] of Object.entries(inputs)) {
      const isWrong = problems.some((one) => one.field === field);
      input.setAttribute('aria-invalid', String(isWrong));
      if (isWrong) input.setAttribute('aria-describedby', problem.id);
      else input.removeAttribute('aria-describedby');
    }
  }

  function show(layer) {
    const isNetwork = Boolean(networkOf(layer.name));
    details.hidden = isNetwork;
    const texts = fieldsOf(isNetwork ? presetLayer(DEFAULT_PRESET) : layer);
    for (const [field, input] of Object.entries(inputs)) input.value = texts[field];
    padding.value = texts.padding;
    inputs.pad.hidden = texts.padding !== 'number';
    preset.value = presetLayer(layer.name) ? layer.name : OWN;
    if (preset.value === OWN) details.open = true;
    showTexts(layer);
    showProblems([]);
  }

  function showTexts(layer) {
    byId('shape-text').textContent = shapeText(layer);
    byId('network').textContent = groupTitle(layer.name);
  }

  return { show };
}

/** @param {HTMLElement} host */
function createFields(host) {
  /** @type {Record<string, HTMLInputElement>} */
  const inputs = {};
  const createInput = (field) => {
    const { label, from, to } = FIELDS[field];
    const limits = { type: 'number', min: String(from), max: String(to), step: '1' };
    inputs[field] = element('input', { ...limits, inputMode: 'numeric', name: field, 'aria-label': label });
    return inputs[field];
  };
  const addRow = (title, ...content) => {
    const label = element('span', { className: 'shape-label' }, title);
    host.append(element('div', { className: 'shape-row' }, label, element('span', { className: 'shape-pair' }, ...content))); // prettier-ignore
  };
  for (const { title, fields } of ROWS) {
    const [first, second] = fields.map(createInput);
    addRow(title, first, ...(second ? ['×', second] : []));
  }
  const options = ['same', 'valid', 'number'].map((value) => element('option', { value }, value));
  const padding = element('select', { name: 'padding', 'aria-label': 'Padding' }, ...options);
  addRow('Padding', padding, createInput('pad'));
  return { inputs, padding };
}
