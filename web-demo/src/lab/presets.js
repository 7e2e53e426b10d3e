import { tableRows } from '../../../bench/shared/layers.js';
import { capitalised } from './words.js';

/** The rows of the benchmark's table, by what they are from. */
const GROUPS = [
  ['MobileNetV1', /^mobilenet-v1\//],
  ['MobileNetV2', /^mobilenet-v2\//],
  ['EfficientNet-B0', /^efficientnet-b0\//],
  ['ConvNeXt-T', /^convnext-t\//],
  ['More kinds', /^/],
];
/** What is special about those that are of no network. */
const KINDS = {
  'multiplier-2': 'multiplier 2',
  'dilation-2': 'dilation 2',
  'channels-33': 'odd channels',
  'batch-8': 'batch of 8',
  'batch-32': 'batch of 32',
};

export const DEFAULT_PRESET = 'mobilenet-v1/5';

/** @type {any[]} */
const rows = tableRows;

/** [{ title, presets: [{ name, title, layer }] }] */
export const presetGroups = GROUPS.map(([title, pattern]) => ({
  title: String(title),
  presets: rows
    .filter(({ name }) => GROUPS.find(([, test]) => /** @type {RegExp} */ (test).test(name))?.[1] === pattern)
    .map((layer) => ({ name: layer.name, title: titleOf(layer), layer })),
}));

/** @param {string} name @returns {any} the layer, or undefined */
export function presetLayer(name) {
  return rows.find((row) => row.name === name);
}

/** The group of a preset. @param {string} name @returns {string} */
export function groupTitle(name) {
  return presetGroups.find(({ presets }) => presets.some((preset) => preset.name === name))?.title ?? '';
}

/** A layer's name for readers: that of the preset, with its network. @param {{ name: string }} layer */
export function layerTitle({ name }) {
  for (const { title, presets } of presetGroups) {
    const preset = presets.find((one) => one.name === name);
    if (preset) return name in KINDS ? capitalised(KINDS[name]) : `${title}, layer ${numberOf(name)}`;
  }
  return 'Your own shape';
}

function titleOf(layer) {
  const { name, height, width, channels, filterHeight, filterWidth, strides } = layer;
  const stride = strides[0] > 1 ? `, stride ${strides[0]}` : '';
  const lead = name in KINDS ? capitalised(KINDS[name]) : `Layer ${numberOf(name)}`;
  return `${lead} · ${height}×${width}×${channels}, ${filterHeight}×${filterWidth}${stride}`;
}

function numberOf(name) {
  return name.split('/')[1];
}
