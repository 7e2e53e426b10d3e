// @ts-nocheck: the types of the web demo, which imports it, are not checked in here

import { geometryOf, sizeOf } from './geometry.js';

// Four tensors of it still fit in every contestant's heap.
const MAX_VALUES = 2 ** 27;

const INPUT = 'batch x height x width x channels';
const FILTER = 'height x width';

/**
 * A layer from `1x56x56x128,3x3` and, in any order, `stride=2`, `dilation=1`, `multiplier=1`, `pad=same`. Strides and dilations may
 * be given for each axis: `stride=2x1`.
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

/** The shortest text that parseShape reads as this layer. */
export function formatShape(layer) {
  const { batch, height, width, channels, filterHeight, filterWidth, strides, dilations, multiplier, pad } = layer;
  const parts = [[batch, height, width, channels].join('x'), [filterHeight, filterWidth].join('x')];
  const add = (key, value, usual) => value !== usual && parts.push(`${key}=${value}`);
  add('stride', pairText(strides), '1');
  add('dilation', pairText(dilations), '1');
  add('multiplier', multiplier, 1);
  add('pad', pad, 'same');
  return parts.join(',');
}

/** The same for a reader. */
export function shapeText(layer) {
  return formatShape(layer)
    .replaceAll(',', ' ')
    .replace(/(stride|dilation|multiplier)=/g, (setting) => setting[0]);
}

function pairText([vertical, horizontal]) {
  return vertical === horizontal ? String(vertical) : `${vertical}x${horizontal}`;
}

const readers = {
  stride: (value) => ({ strides: pairOf('stride', value) }),
  dilation: (value) => ({ dilations: pairOf('dilation', value) }),
  multiplier: (value) => ({ multiplier: numberOf('multiplier', value, 1) }),
  pad: (value) => ({ pad: value === 'same' || value === 'valid' ? value : padNumberOf(value) }),
};

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
