import { axesOf, convolutionOf, sizeOf } from '../../../bench/shared/reference.js';
import { networkOf, networkText, networks } from './networks.js';
import { formatShape, parseShape, tableRows } from '../../../bench/shared/layers.js';

// The layers that the lab can measure: presets, the user's own shape, and their texts. A layer has the form of bench/shared/layers.js.

/** The groups of presets: the rows of the benchmark table by their network. */
const GROUPS = [
  ['MobileNetV1', /^mobilenet-v1\//],
  ['MobileNetV2', /^mobilenet-v2\//],
  ['EfficientNet-B0', /^efficientnet-b0\//],
  ['ConvNeXt-T', /^convnext-t\//],
  ['Other layers', /^/],
];
/** Titles of the rows that belong to no network. */
const OTHER_TITLES = {
  'multiplier-2': 'Multiplier 2',
  'dilation-2': 'Dilation 2',
  'channels-33': 'Odd channels',
  'batch-8': 'Batch of 8',
  'batch-32': 'Batch of 32',
};

export const DEFAULT_PRESET = 'mobilenet-v1/5';

/** @type {any[]} */
const rows = tableRows;

/** [{ title, presets: [{ name, title, layer }] }] */
export const presetGroups = [
  {
    title: 'Whole networks',
    presets: networks.map((network) => ({
      name: network.name,
      title: `${network.title} · ${network.size}×${network.size}`,
      layer: network,
    })),
  },
  ...GROUPS.map(([title, pattern]) => ({
    title: String(title),
    presets: rows
      .filter(({ name }) => GROUPS.find(([, test]) => /** @type {RegExp} */ (test).test(name))?.[1] === pattern)
      .map((layer) => ({ name: layer.name, title: presetTitle(layer), layer })),
  })),
];

/** @param {string} name @returns {any} the layer or the network, or undefined */
export function presetLayer(name) {
  return networkOf(name) ?? rows.find((row) => row.name === name);
}

/** Returns the title of the group of a preset. @param {string} name @returns {string} */
export function groupTitle(name) {
  return presetGroups.find(({ presets }) => presets.some((preset) => preset.name === name))?.title ?? '';
}

/** Returns the name of a layer or a network for users: of a preset, the title with its network. @param {{ name: string }} layer */
export function layerTitle({ name }) {
  if (networkOf(name)) return networkOf(name).title;
  if (!presetLayer(name)) return 'Your own shape';
  return OTHER_TITLES[name] ?? `${groupTitle(name)}, layer ${numberOf(name)}`;
}

function presetTitle(layer) {
  const { name, height, width, channels, filterHeight, filterWidth, strides } = layer;
  const stride = strides[0] > 1 ? `, stride ${strides[0]}` : '';
  const title = OTHER_TITLES[name] ?? `Layer ${numberOf(name)}`;
  return `${title} · ${height}×${width}×${channels}, ${filterHeight}×${filterWidth}${stride}`;
}

function numberOf(name) {
  return name.split('/')[1];
}

/** Returns the shape of a layer for users, such as `1×28×28×256, filter 3×3, stride 2`. @param {any} layer */
export function shapeText(layer) {
  if (networkOf(layer.name)) return networkText(layer);
  const { batch, height, width, channels, filterHeight, filterWidth, multiplier, strides, dilations, pad } = layer;
  const parts = [product([batch, height, width, channels]), `filter ${product([filterHeight, filterWidth])}`];
  if (multiplier > 1) parts.push(`multiplier ${multiplier}`);
  if (strides.some((stride) => stride > 1)) parts.push(`stride ${pair(strides)}`);
  if (dilations.some((dilation) => dilation > 1)) parts.push(`dilation ${pair(dilations)}`);
  if (pad !== 'same') parts.push(`pad ${pad}`);
  return parts.join(', ');
}

function product(numbers) {
  return numbers.join('×');
}

function pair([vertical, horizontal]) {
  return vertical === horizontal ? String(vertical) : product([vertical, horizontal]);
}

/** Returns the text of a layer in the address: the name of a preset, or a shape. @param {any} layer @returns {string} */
export function linkOf(layer) {
  return presetLayer(layer.name) ? layer.name : formatShape(layer);
}

/**
 * Returns the layer of a text in the address.
 *
 * @param {string} link
 * @throws RangeError that says what is wrong with the text
 */
export function layerOfLink(link) {
  const preset = presetLayer(link);
  if (preset) return preset;
  const { layer, problems } = readLayer(fieldsOf(parseShape(link, 'own')));
  if (!layer) throw new RangeError(`shape '${link}': ${problems[0].message}`);
  return layer;
}

/**
 * The fields of the form and the limits of the page. The kernels themselves are limited by the memory only.
 * @type {Record<string, { label: string, from: number, to: number }>}
 */
export const FIELDS = {
  batch: { label: 'Batch', from: 1, to: 256 },
  height: { label: 'Height', from: 1, to: 4096 },
  width: { label: 'Width', from: 1, to: 4096 },
  channels: { label: 'Channels', from: 1, to: 4096 },
  multiplier: { label: 'Multiplier', from: 1, to: 64 },
  filterHeight: { label: 'Filter height', from: 1, to: 255 },
  filterWidth: { label: 'Filter width', from: 1, to: 255 },
  strideHeight: { label: 'Vertical stride', from: 1, to: 64 },
  strideWidth: { label: 'Horizontal stride', from: 1, to: 64 },
  dilationHeight: { label: 'Vertical dilation', from: 1, to: 64 },
  dilationWidth: { label: 'Horizontal dilation', from: 1, to: 64 },
  pad: { label: 'Pad', from: 0, to: 255 },
};

/** Limit of one tensor: 32 MB. Each backend allocates four tensors. */
const MAX_VALUES = 2 ** 23;
/** With this limit, the slowest kernel of TensorFlow.js and the float64 reference finish within half a minute. */
const MAX_PRODUCTS = 1e8;

/**
 * Reads the texts of the form. Returns the layer, or the problems.
 *
 * @param {Record<string, string>} texts by the names of FIELDS, and `padding`: 'same', 'valid' or 'number'
 * @returns {{ layer: any, problems: [] } | { layer: null, problems: { field: string, message: string }[] }}
 */
export function readLayer(texts) {
  const problems = Object.keys(FIELDS).flatMap((field) => problemOfField(field, texts));
  if (problems.length > 0) return { layer: null, problems };
  const number = (field) => Number(texts[field]);
  const layer = {
    name: 'own',
    ...{ batch: number('batch'), height: number('height'), width: number('width'), channels: number('channels') },
    ...{ filterHeight: number('filterHeight'), filterWidth: number('filterWidth'), multiplier: number('multiplier') },
    strides: [number('strideHeight'), number('strideWidth')],
    dilations: [number('dilationHeight'), number('dilationWidth')],
    pad: texts.padding === 'number' ? number('pad') : texts.padding,
  };
  const problem = problemOfLayer(layer);
  return problem ? { layer: null, problems: [problem] } : { layer, problems: [] };
}

/** Returns the texts of the form for a layer: the inverse of `readLayer`. @param {any} layer @returns {Record<string, string>} */
export function fieldsOf(layer) {
  const { strides, dilations, pad } = layer;
  const isNumber = typeof pad === 'number';
  const texts = {
    ...Object.fromEntries(Object.keys(FIELDS).map((field) => [field, layer[field]])),
    ...{ strideHeight: strides[0], strideWidth: strides[1] },
    ...{ dilationHeight: dilations[0], dilationWidth: dilations[1] },
    ...{ padding: isNumber ? 'number' : pad, pad: isNumber ? pad : 1 },
  };
  return Object.fromEntries(Object.entries(texts).map(([field, value]) => [field, String(value)]));
}

function problemOfField(field, texts) {
  if (field === 'pad' && texts.padding !== 'number') return [];
  const { label, from, to } = FIELDS[field];
  const text = (texts[field] ?? '').trim();
  if (/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to) return [];
  return [{ field, message: `${label} must be a whole number from ${from} to ${to}, got ${text || 'no number'}.` }];
}

/** Checks what single fields do not show: an empty output, and the sizes of the tensors and of the work. */
function problemOfLayer(layer) {
  const axes = axesOf(convolutionOf(layer));
  if (!axes) return problemOfReach(layer);
  const tensors = { x: axes.xShape, y: axes.yShape, 'the filter': axes.filterShape };
  for (const [name, shape] of Object.entries(tensors)) {
    if (sizeOf(shape) <= MAX_VALUES) continue;
    return {
      field: name === 'the filter' ? 'filterHeight' : 'height',
      message: `With ${shape.join(' × ')}, ${name} has ${grouped(sizeOf(shape))} values. This page allows at most ${grouped(MAX_VALUES)}.`,
    };
  }
  const products = sizeOf(axes.yShape) * layer.filterHeight * layer.filterWidth;
  if (products <= MAX_PRODUCTS) return undefined;
  return {
    field: 'height',
    message: `One pass needs ${grouped(products)} multiplications. This page allows at most ${grouped(MAX_PRODUCTS)}, because the slowest kernels would take minutes.`,
  };
}

function problemOfReach({ height, width, filterHeight, filterWidth, dilations, pad }) {
  const padding = 2 * (typeof pad === 'number' ? pad : 0);
  const reach = [(filterHeight - 1) * dilations[0] + 1, (filterWidth - 1) * dilations[1] + 1];
  const input = [height + padding, width + padding];
  return {
    field: reach[0] > input[0] ? 'filterHeight' : 'filterWidth',
    message: `The dilated filter spans ${reach.join(' × ')} pixels, but the padded input has only ${input.join(' × ')}. The output would be empty.`,
  };
}

function grouped(number) {
  return number.toLocaleString('en');
}
