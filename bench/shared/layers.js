// @ts-nocheck: the web demo, which imports this file, checks types more strictly

import { geometryOf, sizeOf } from './reference.js';

// The layers that the benchmarks measure: layers of networks by name, and any layer by a text like `1x56x56x128,3x3,stride=2`.

// Number, height = width, channels, filter size, stride. The number counts the depthwise layers of the network from its input.
// A layer that equals one above it, in its own network or another, is left out. All have batch 1, multiplier 1 and padding 'same'.
const networks = {
  // Howard et al. 2017, 224 × 224, α = 1. Its table gives the last layer stride 2, which its sizes contradict; implementations use 1.
  'mobilenet-v1': [
    [1, 112, 32, 3, 1],
    [2, 112, 64, 3, 2],
    [3, 56, 128, 3, 1],
    [4, 56, 128, 3, 2],
    [5, 28, 256, 3, 1],
    [6, 28, 256, 3, 2],
    [7, 14, 512, 3, 1],
    [12, 14, 512, 3, 2],
    [13, 7, 1024, 3, 1],
  ],
  // Sandler et al. 2018, 224 × 224. Its first layer is V1's first.
  'mobilenet-v2': [
    [2, 112, 96, 3, 2],
    [3, 56, 144, 3, 1],
    [4, 56, 144, 3, 2],
    [5, 28, 192, 3, 1],
    [7, 28, 192, 3, 2],
    [8, 14, 384, 3, 1],
    [12, 14, 576, 3, 1],
    [14, 14, 576, 3, 2],
    [15, 7, 960, 3, 1],
  ],
  // Tan and Le 2019, B0, 224 × 224: its layers with 5 × 5 filters.
  'efficientnet-b0': [
    [4, 56, 144, 5, 2],
    [5, 28, 240, 5, 1],
    [9, 14, 480, 5, 1],
    [10, 14, 672, 5, 1],
    [12, 14, 672, 5, 2],
    [13, 7, 1152, 5, 1],
  ],
  // Liu et al. 2022, Tiny, 224 × 224.
  'convnext-t': [
    [1, 56, 96, 7, 1],
    [4, 28, 192, 7, 1],
    [7, 14, 384, 7, 1],
    [16, 7, 768, 7, 1],
  ],
};

// Four tensors of this size fit in the heap of every backend.
const MAX_VALUES = 2 ** 27;

const INPUT = 'batch x height x width x channels';
const FILTER = 'height x width';

const readers = {
  stride: (value) => ({ strides: pairOf('stride', value) }),
  dilation: (value) => ({ dilations: pairOf('dilation', value) }),
  multiplier: (value) => ({ multiplier: numberOf('multiplier', value, 1) }),
  pad: (value) => ({ pad: value === 'same' || value === 'valid' ? value : padNumberOf(value) }),
};

/** Every layer of the networks, in the form that parseShape returns. */
export const layers = Object.entries(networks).flatMap(([network, rows]) =>
  rows.map(([number, size, channels, filter, stride]) => ({
    name: `${network}/${number}`,
    batch: 1,
    height: size,
    width: size,
    channels,
    filterHeight: filter,
    filterWidth: filter,
    strides: [stride, stride],
    dilations: [1, 1],
    multiplier: 1,
    pad: 'same',
  })),
);

/** The layers of npm run compare: large and small images, few and many channels, in less than two minutes. */
export const defaultNames = [
  ...['mobilenet-v1/1', 'mobilenet-v1/2', 'mobilenet-v1/7', 'mobilenet-v1/13'],
  ...['mobilenet-v2/3', 'mobilenet-v2/7', 'mobilenet-v2/12', 'mobilenet-v2/15'],
  ...['efficientnet-b0/5', 'efficientnet-b0/12'],
  ...['convnext-t/1', 'convnext-t/7'],
];

/** Rows of npm run bench: every kind of depthwise layer in networks; then kinds that are less frequent, and batches. */
const tableNames = [
  ...['mobilenet-v1/1', 'mobilenet-v1/2', 'mobilenet-v1/3', 'mobilenet-v1/5', 'mobilenet-v1/7', 'mobilenet-v1/12'],
  ...['mobilenet-v1/13', 'mobilenet-v2/2', 'efficientnet-b0/5', 'efficientnet-b0/12', 'convnext-t/7'],
];
const otherRows = {
  'multiplier-2': '1x28x28x64,3x3,multiplier=2',
  'dilation-2': '1x33x33x576,3x3,dilation=2',
  'channels-33': '1x56x56x33,3x3',
  'batch-8': '8x24x24x64,3x3',
  'batch-32': '32x28x28x32,3x3',
};

/** The 16 rows of the table of npm run bench. */
export const tableRows = [
  ...tableNames.map((name) => layers.find((layer) => layer.name === name)),
  ...Object.entries(otherRows).map(([name, text]) => parseShape(text, name)),
];

/** The rows that can be selected by name: the table, and the other layers of its networks. */
export const allRows = [...tableRows, ...layers.filter(({ name }) => !tableNames.includes(name))];

export function isMobileNet(layer) {
  return layer.name.startsWith('mobilenet-');
}

/** Returns the layers of a list that match any of the names or globs, in the order of the list. */
export function selectLayers(patterns, list = layers) {
  const tests = patterns.map((pattern) => {
    const test = globTest(pattern);
    if (!list.some(({ name }) => test(name))) {
      throw new RangeError(`no layer is called '${pattern}'; --list shows those there are`);
    }
    return test;
  });
  return list.filter(({ name }) => tests.some((test) => test(name)));
}

function globTest(pattern) {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}

/**
 * Returns the layer that a text describes: `1x56x56x128,3x3` and, in any order, `stride=2`, `dilation=1`, `multiplier=1`, `pad=same`. Strides and
 * dilations may be given for each axis: `stride=2x1`. Throws a RangeError that names the part that is wrong.
 */
export function parseShape(text, name) {
  try {
    const [input, filter, ...settings] = text.split(',').map((part) => part.trim());
    const [batch, height, width, channels] = numbersOf('input', input, 4, INPUT);
    const [filterHeight, filterWidth] = numbersOf('filter', filter ?? '', 2, FILTER);
    const layer = {
      name,
      ...{ batch, height, width, channels, filterHeight, filterWidth },
      ...{ strides: [1, 1], dilations: [1, 1], multiplier: 1, pad: 'same' },
      ...settingsOf(settings),
    };
    const { inputShape, filterShape, outputShape } = geometryOf(layer);
    for (const shape of [inputShape, filterShape, outputShape]) {
      if (sizeOf(shape) > MAX_VALUES) throw new RangeError(`${shape.join('x')} is more than ${MAX_VALUES} values`);
    }
    return layer;
  } catch (error) {
    throw new RangeError(`shape '${text}': ${error.message}`, { cause: error });
  }
}

/** Returns the shortest text that parseShape reads as this layer. The text of a dense layer contains also `outputs`. */
export function formatShape(layer) {
  const { batch, height, width, channels, outChannels, filterHeight, filterWidth } = layer;
  const { strides, dilations, multiplier, pad } = layer;
  const parts = [[batch, height, width, channels].join('x'), [filterHeight, filterWidth].join('x')];
  const add = (key, value, usual) => value !== usual && parts.push(`${key}=${value}`);
  add('outputs', outChannels, undefined);
  add('stride', pairText(strides), '1');
  add('dilation', pairText(dilations), '1');
  add('multiplier', multiplier, 1);
  add('pad', pad, 'same');
  return parts.join(',');
}

/** Returns what formatShape returned as a text for a reader: `1x56x56x128 3x3 s2`. */
export function shapeText(shape) {
  return shape.replaceAll(',', ' ').replace(/(stride|dilation|multiplier)=/g, (setting) => setting[0]);
}

function pairText([vertical, horizontal]) {
  return vertical === horizontal ? String(vertical) : `${vertical}x${horizontal}`;
}

function settingsOf(settings) {
  const result = {};
  const seen = new Set();
  for (const setting of settings) {
    const [key, value, ...rest] = setting.split('=');
    if (!Object.hasOwn(readers, key)) {
      throw new RangeError(`'${setting}' is unknown; allowed are ${Object.keys(readers).join('=, ')}=`);
    }
    if (value === undefined || rest.length > 0) throw new RangeError(`write '${key}=…', got '${setting}'`);
    if (seen.has(key)) throw new RangeError(`${key} is given twice`);
    seen.add(key);
    Object.assign(result, readers[key](value));
  }
  return result;
}

function numbersOf(what, text, count, form) {
  const parts = text.split('x');
  if (parts.length !== count) throw new RangeError(`the ${what} must be ${form}, got '${text}'`);
  return parts.map((part) => numberOf(`each number of the ${what}`, part, 1));
}

function pairOf(what, text) {
  const parts = text.split('x');
  if (parts.length > 2) throw new RangeError(`${what} must be one number or ${FILTER}, got '${text}'`);
  const [vertical, horizontal = vertical] = parts.map((part) => numberOf(what, part, 1));
  return [vertical, horizontal];
}

function padNumberOf(text) {
  if (!/^\d+$/.test(text)) throw new RangeError(`pad must be same, valid or a whole number, got '${text}'`);
  return numberOf('pad', text, 0);
}

function numberOf(what, text, least) {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= MAX_VALUES)) {
    throw new RangeError(`${what} must be a whole number from ${least} to ${MAX_VALUES}, got '${text}'`);
  }
  return value;
}
