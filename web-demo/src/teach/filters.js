/**
 * The first filters of a layer: [3, 3, channels, filters], or [3, 3, filters, 1] of a depthwise convolution.
 *
 * @typedef {{ values: Float32Array, shape: number[], isFirst: boolean }} Filters `isFirst`: whether the layer gets the picture itself
 */

/** The page shows at most this number of filters. */
const MAX_FILTERS = 32;

/** Side length of a filter, and with the gap to the next filter. */
const SIDE = 3;
const STEP = SIDE + 1;

/** Filters in a row. */
const IN_ROW = 8;

/**
 * Returns the filters of the first convolution of a model; undefined without a convolution.
 *
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @returns {Filters | undefined}
 */
export function filtersOf(model) {
  const kernel = model.getWeights().find(({ shape }) => shape.length === 4);
  if (!kernel) return undefined;
  const isFirst = model.inputs[0].shape.at(-1) === 3;
  return { values: /** @type {Float32Array} */ (kernel.dataSync()).slice(), shape: kernel.shape, isFirst };
}

/**
 * Draws filters: a weight of 0 is grey, a positive weight is brighter and a negative weight is darker. The weights for red, green and blue
 * have their colours.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Filters} filters
 */
export function drawFilters(canvas, { values, shape: [, , channels, perChannel] }) {
  const isColoured = channels === 3;
  const count = Math.min(isColoured ? perChannel : channels, MAX_FILTERS);
  canvas.width = Math.min(count, IN_ROW) * STEP - 1;
  canvas.height = Math.ceil(count / IN_ROW) * STEP - 1;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  for (let filter = 0; filter < count; ++filter) {
    const image = context.createImageData(SIDE, SIDE);
    const weight = (/** @type {number} */ at, /** @type {number} */ c) =>
      isColoured ? values[(at * 3 + c) * perChannel + filter] : values[at * channels + filter];
    const all = Array.from({ length: SIDE * SIDE }, (_, at) => [0, 1, 2].map((c) => weight(at, c)));
    const largest = Math.max(...all.flat().map(Math.abs)) || 1;
    all.forEach((colour, at) => {
      image.data.set([...colour.map((value) => 128 + (127 * value) / largest), 255], 4 * at);
    });
    context.putImageData(image, (filter % IN_ROW) * STEP, Math.floor(filter / IN_ROW) * STEP);
  }
}
