import { axesOf, convolutionOf, sizeOf } from '../../../bench/shared/reference.js';

/**
 * The fields of a layer, as a form gives them: texts. Bounds are what a page can be asked for; the kernels have none but memory's.
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

/** Of one tensor: 32 MB, of which every contestant has four. */
const MOST_VALUES = 2 ** 23;
/** TensorFlow.js's slowest kernel, and the float64 check, then end within half a minute. */
const MOST_PRODUCTS = 1e8;

/**
 * Reads the fields of a form: a layer in the form of bench/shared/layers.js, or what is wrong.
 *
 * @param {Record<string, string>} texts by the names of FIELDS, and `padding`: 'same', 'valid' or 'number'
 * @returns {{ layer: any, problems: [] } | { layer: null, problems: { field: string, message: string }[] }}
 */
export function readLayer(texts) {
  const problems = Object.keys(FIELDS).flatMap((field) => problemOf(field, texts));
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
  const problem = problemOfWhole(layer);
  return problem ? { layer: null, problems: [problem] } : { layer, problems: [] };
}

/** The fields of a layer: what readLayer reads as it. @param {any} layer @returns {Record<string, string>} */
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

function problemOf(field, texts) {
  if (field === 'pad' && texts.padding !== 'number') return [];
  const { label, from, to } = FIELDS[field];
  const text = (texts[field] ?? '').trim();
  if (/^\d+$/.test(text) && Number(text) >= from && Number(text) <= to) return [];
  const got = text === '' ? 'it is empty or no number' : `not ${text}`;
  return [{ field, message: `${label} must be a whole number from ${from} to ${to}; ${got}.` }];
}

/** What single fields do not show. */
function problemOfWhole(layer) {
  const convolution = convolutionOf(layer);
  const axes = axesOf(convolution);
  if (!axes) return problemOfReach(layer);
  const tensors = { x: axes.xShape, y: axes.yShape, 'the filter': axes.filterShape };
  for (const [name, shape] of Object.entries(tensors)) {
    if (sizeOf(shape) > MOST_VALUES) {
      const field = name === 'the filter' ? 'filterHeight' : 'height';
      return {
        field,
        message: `With ${shape.join(' × ')}, ${name} has ${grouped(sizeOf(shape))} values; at most ${grouped(MOST_VALUES)} are allowed here.`,
      };
    }
  }
  const products = sizeOf(axes.yShape) * layer.filterHeight * layer.filterWidth;
  if (products > MOST_PRODUCTS) {
    return {
      field: 'height',
      message: `One pass of it is ${grouped(products)} multiplications; at most ${grouped(MOST_PRODUCTS)} are allowed here, or the slowest kernels would take minutes.`,
    };
  }
  return undefined;
}

function problemOfReach({ height, width, filterHeight, filterWidth, dilations, pad }) {
  const padding = 2 * (typeof pad === 'number' ? pad : 0);
  const reach = [(filterHeight - 1) * dilations[0] + 1, (filterWidth - 1) * dilations[1] + 1];
  const input = [height + padding, width + padding];
  const isTooHigh = reach[0] > input[0];
  return {
    field: isTooHigh ? 'filterHeight' : 'filterWidth',
    message: `The filter, dilation included, spans ${reach.join(' × ')} pixels, the padded input only ${input.join(' × ')}: no output is left.`,
  };
}

function grouped(number) {
  return number.toLocaleString('en');
}
