import { byId, element } from '../shared/element.js';
import { FIELDS, fieldsOf, readLayer } from './layer-check.js';
import { groupTitle, presetGroups, presetLayer } from './presets.js';
import { shapeWords } from './words.js';

const OWN = 'own';

/** Rows of the form: what they are, and their fields, of which the second is the width's. */
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
 * The choice of a layer: presets, and the fields of one's own, which show the preset's until they are changed.
 *
 * @param {(layer: any) => void} changed gets the layer, null where the fields are wrong
 * @returns {{ show: (layer: any) => void }}
 */
export function layerForm(changed) {
  const preset = byId('preset', HTMLSelectElement);
  const details = byId('shape', HTMLDetailsElement);
  const problem = byId('problem');
  const { inputs, padding } = makeFields(byId('shape-fields'));

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
      details.open = true;
      return fieldsChanged();
    }
    const layer = presetLayer(preset.value);
    show(layer);
    changed(layer);
  });
  byId('shape-fields').addEventListener('input', fieldsChanged);

  function fieldsChanged() {
    preset.value = OWN;
    inputs.pad.hidden = padding.value !== 'number';
    const texts = Object.fromEntries(Object.entries(inputs).map(([field, input]) => [field, input.value]));
    const { layer, problems } = readLayer({ ...texts, padding: padding.value });
    tell(problems);
    if (layer) describe(layer);
    changed(layer);
  }

  function tell(problems) {
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
    const texts = fieldsOf(layer);
    for (const [field, input] of Object.entries(inputs)) input.value = texts[field];
    padding.value = texts.padding;
    inputs.pad.hidden = texts.padding !== 'number';
    preset.value = presetLayer(layer.name) ? layer.name : OWN;
    if (preset.value === OWN) details.open = true;
    describe(layer);
    tell([]);
  }

  function describe(layer) {
    byId('shape-text').textContent = shapeWords(layer);
    byId('network').textContent = groupTitle(layer.name);
  }

  return { show };
}

/** @param {HTMLElement} host */
function makeFields(host) {
  /** @type {Record<string, HTMLInputElement>} */
  const inputs = {};
  const add = (field) => {
    const { label, from, to } = FIELDS[field];
    const limits = { type: 'number', min: String(from), max: String(to), step: '1' };
    inputs[field] = element('input', { ...limits, inputMode: 'numeric', name: field, 'aria-label': label });
    return inputs[field];
  };
  for (const { title, fields } of ROWS) {
    host.append(
      element('div', { className: 'shape-row' }, element('span', { className: 'shape-label' }, title), pair(fields)),
    );
  }
  const padding = element(
    'select',
    { name: 'padding', 'aria-label': 'Padding' },
    ...['same', 'valid', 'number'].map((value) => element('option', { value }, value)),
  );
  host.append(
    element(
      'div',
      { className: 'shape-row' },
      element('span', { className: 'shape-label' }, 'Padding'),
      element('span', { className: 'shape-pair' }, padding, add('pad')),
    ),
  );
  return { inputs, padding };

  function pair(fields) {
    const [first, second] = fields.map(add);
    return element('span', { className: 'shape-pair' }, first, ...(second ? ['×', second] : []));
  }
}
