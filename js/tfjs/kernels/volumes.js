import { kindError, listText, requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';

/**
 * Convolution and pooling over [depth, height, width]. All kernels of tfjs have faults here: the wasm backend computes wrong gradients and wrong
 * maxima, and all backends are wrong for 'same' with a stride larger than the filter, and for the gradient of averages.
 *
 * These kernels are plain JavaScript loops, like those of the cpu backend. They visit each output pixel, and for it each tap of the filter that
 * is inside of x. Sums are float64.
 *
 * @typedef {object} Axis
 * @property {number} input the size of x
 * @property {number} output the size of y
 * @property {number} filter
 * @property {number} stride
 * @property {number} dilation
 * @property {number} before the zeros in front of x
 *
 * @typedef {{ batch: number, axes: [Axis, Axis, Axis], yShape: number[] }} Geometry `yShape` without channels
 */

/** @type {Record<string, import('../kernels.js').TfjsKernel>} */
export const volumeKernels = {
  Conv3D: { compute: volumeKernel(convolution), accepts: hasStrideOverFilter },
  Conv3DBackpropInputV2: { compute: volumeKernel(convolutionInputGradient) },
  Conv3DBackpropFilterV2: { compute: volumeKernel(convolutionFilterGradient) },
  AvgPool3D: { compute: volumeKernel(averages), accepts: isFloat32 },
  AvgPool3DGrad: { compute: volumeKernel(averagesGradient), accepts: isFloat32 },
  MaxPool3D: { compute: volumeKernel(maxima), accepts: isFloat32 },
  MaxPool3DGrad: { compute: volumeKernel(maximaGradient), accepts: isFloat32 },
};

function volumeKernel(run) {
  return ({ inputs, attrs }, { name, withOps }) => withOps((ops) => run(ops, name, inputs, attrs));
}

function isFloat32({ inputs: { x, dy } }) {
  return (x ?? dy).dtype === 'float32';
}

/** Returns whether our kernel takes a call. The kernel of tfjs is right for all others, and faster. */
function hasStrideOverFilter({ inputs: { filter }, attrs: { pad, strides } }) {
  const [steps, sizes] = [[strides].flat(), filter.shape];
  return pad === 'same' && [0, 1, 2].some((axis) => (steps[axis] ?? steps[0]) > sizes[axis]);
}

/** Returns the result of one kernel. `run` gets arrays of floats: the operands, then the result, which contains zeros. */
function compute(ops, name, inputs, shape, run) {
  const sizes = Object.values(inputs).map((info) => sizeOf(info.shape));
  return ops.compute(name, inputs, [shape], (native, addresses, [result], { buffer }) => {
    const operands = addresses.map((address, i) => new Float32Array(buffer, address, sizes[i]));
    const y = new Float32Array(buffer, result, sizeOf(shape)).fill(0);
    run(...operands, y);
  })[0];
}

/** As `compute`, with a result that is summed in float64. */
function computeSums(ops, name, inputs, shape, run) {
  return compute(ops, name, inputs, shape, (...arrays) => {
    const y = arrays.pop();
    const sums = new Float64Array(y.length);
    run(...arrays, sums);
    y.set(sums);
  });
}

function convolution(ops, name, { x, filter }, attrs) {
  const [channels, outChannels] = requireFilter(name, x.shape, filter.shape);
  const geometry = geometryOf(name, x.shape, filter.shape.slice(0, 3), attrs);
  return computeSums(ops, name, { x, filter }, [...geometry.yShape, outChannels], (x, w, y) => {
    forEachTap(geometry, (xPixel, tap, yPixel) => {
      for (let c = 0; c < channels; ++c) {
        const value = x[xPixel * channels + c];
        const row = (tap * channels + c) * outChannels;
        for (let o = 0; o < outChannels; ++o) y[yPixel * outChannels + o] += value * w[row + o];
      }
    });
  });
}

function convolutionInputGradient(ops, name, { dy, filter }, { inputShape, ...attrs }) {
  const [channels, outChannels] = requireFilter(name, inputShape, filter.shape);
  const geometry = geometryOf(name, inputShape, filter.shape.slice(0, 3), attrs);
  requireShape(name, 'dy', dy.shape, [...geometry.yShape, outChannels]);
  return computeSums(ops, name, { dy, filter }, inputShape, (dy, w, dx) => {
    forEachTap(geometry, (xPixel, tap, yPixel) => {
      for (let c = 0; c < channels; ++c) {
        const row = (tap * channels + c) * outChannels;
        let sum = 0;
        for (let o = 0; o < outChannels; ++o) sum += dy[yPixel * outChannels + o] * w[row + o];
        dx[xPixel * channels + c] += sum;
      }
    });
  });
}

function convolutionFilterGradient(ops, name, { x, dy }, { filterShape, ...attrs }) {
  const [channels, outChannels] = requireFilter(name, x.shape, filterShape);
  const geometry = geometryOf(name, x.shape, filterShape.slice(0, 3), attrs);
  requireShape(name, 'dy', dy.shape, [...geometry.yShape, outChannels]);
  return computeSums(ops, name, { x, dy }, filterShape, (x, dy, dw) => {
    forEachTap(geometry, (xPixel, tap, yPixel) => {
      for (let c = 0; c < channels; ++c) {
        const value = x[xPixel * channels + c];
        const row = (tap * channels + c) * outChannels;
        for (let o = 0; o < outChannels; ++o) dw[row + o] += value * dy[yPixel * outChannels + o];
      }
    });
  });
}

function averages(ops, name, { x }, attrs) {
  const { geometry, channels } = poolOf(name, x.shape, attrs);
  return computeSums(ops, name, { x }, [...geometry.yShape, channels], (x, y) => {
    forEachTap(geometry, (xPixel, tap, yPixel) => {
      for (let c = 0; c < channels; ++c) y[yPixel * channels + c] += x[xPixel * channels + c];
    });
    const counts = tapCounts(geometry);
    for (let i = 0; i < y.length; ++i) y[i] /= Math.max(1, counts[Math.floor(i / channels)]);
  });
}

function averagesGradient(ops, name, { dy, input }, attrs) {
  const { geometry, channels } = poolOf(name, input.shape, attrs);
  requireShape(name, 'dy', dy.shape, [...geometry.yShape, channels]);
  return computeSums(ops, name, { dy }, input.shape, (dy, dx) => {
    const counts = tapCounts(geometry);
    forEachTap(geometry, (xPixel, tap, yPixel) => {
      for (let c = 0; c < channels; ++c) dx[xPixel * channels + c] += dy[yPixel * channels + c] / counts[yPixel];
    });
  });
}

/** Returns how many taps of each window are inside of x: an average divides by this number. */
function tapCounts(geometry) {
  const counts = new Uint32Array(sizeOf(geometry.yShape));
  forEachTap(geometry, (xPixel, tap, yPixel) => ++counts[yPixel]);
  return counts;
}

function maxima(ops, name, { x }, attrs) {
  const { geometry, channels } = poolOf(name, x.shape, attrs);
  return compute(ops, name, { x }, [...geometry.yShape, channels], (x, y) => {
    const positions = maximumPositions(geometry, channels, x, y.length);
    for (let i = 0; i < y.length; ++i) y[i] = positions[i] < 0 ? -Infinity : x[positions[i]];
  });
}

function maximaGradient(ops, name, { dy, input }, attrs) {
  const { geometry, channels } = poolOf(name, input.shape, attrs);
  requireShape(name, 'dy', dy.shape, [...geometry.yShape, channels]);
  return computeSums(ops, name, { input, dy }, input.shape, (x, dy, dx) => {
    const positions = maximumPositions(geometry, channels, x, dy.length);
    for (let i = 0; i < dy.length; ++i) {
      const position = positions[i];
      if (position >= 0 && !Number.isNaN(x[position])) dx[position] += dy[i];
    }
  });
}

/**
 * Returns where in x each maximum is: the first of the largest values. A NaN is the maximum only if the window contains nothing else. A window
 * that contains only padding has the position -1. A maximum that is NaN gets no gradient.
 */
function maximumPositions(geometry, channels, x, size) {
  const positions = new Float64Array(size).fill(-1); // not Int32Array: x may have more than 2³¹ bytes
  forEachTap(geometry, (xPixel, tap, yPixel) => {
    for (let c = 0; c < channels; ++c) {
      const [from, to] = [xPixel * channels + c, yPixel * channels + c];
      const best = positions[to];
      if (best < 0 || x[from] > x[best] || (Number.isNaN(x[best]) && !Number.isNaN(x[from]))) positions[to] = from;
    }
  });
  return positions;
}

/**
 * Calls `visit` for each output pixel and each tap that is inside of x, with the number of the pixel of x, the tap and the pixel of y.
 *
 * @param {Geometry} geometry
 * @param {(xPixel: number, tap: number, yPixel: number) => void} visit
 */
function forEachTap({ batch, axes: [depth, height, width] }, visit) {
  let yPixel = 0;
  for (let image = 0; image < batch; ++image) {
    for (let i = 0; i < depth.output; ++i) {
      for (let j = 0; j < height.output; ++j) {
        for (let k = 0; k < width.output; ++k) {
          for (let a = 0; a < depth.filter; ++a) {
            const xDepth = i * depth.stride + a * depth.dilation - depth.before;
            if (xDepth < 0 || xDepth >= depth.input) continue;
            for (let b = 0; b < height.filter; ++b) {
              const xRow = j * height.stride + b * height.dilation - height.before;
              if (xRow < 0 || xRow >= height.input) continue;
              const rowStart = ((image * depth.input + xDepth) * height.input + xRow) * width.input;
              for (let c = 0; c < width.filter; ++c) {
                const xColumn = k * width.stride + c * width.dilation - width.before;
                if (xColumn < 0 || xColumn >= width.input) continue;
                visit(rowStart + xColumn, (a * height.filter + b) * width.filter + c, yPixel);
              }
            }
          }
          ++yPixel;
        }
      }
    }
  }
}

/** Checks the shapes of x and filter. Returns the channels of x and of y. */
function requireFilter(name, xShape, filterShape) {
  if (filterShape.length !== 5 || filterShape[3] !== xShape[4]) {
    throw new RangeError(
      `Error in ${name}: filter must have shape [filterDepth,filterHeight,filterWidth,${xShape[4]},outChannels], got ${listText(filterShape)}`,
    );
  }
  return filterShape.slice(3);
}

function poolOf(name, xShape, { filterSize, ...attrs }) {
  return {
    geometry: geometryOf(name, xShape, threeOf(name, 'filterSize', filterSize), { ...attrs, dilations: 1 }),
    channels: xShape[4],
  };
}

const ROUNDINGS = { floor: Math.floor, round: Math.round, ceil: Math.ceil };

/**
 * @param {string} name
 * @param {number[]} xShape
 * @param {number[]} filterSize
 * @param {any} attrs tfjs's
 * @returns {Geometry}
 */
function geometryOf(name, xShape, filterSize, attrs) {
  const { strides, dilations, pad, dimRoundingMode, dataFormat = 'NDHWC' } = attrs;
  if (xShape.length !== 5) {
    throw new RangeError(
      `Error in ${name}: x must have 5 dimensions [batch, depth, height, width, channels], got ${listText(xShape)}`,
    );
  }
  if (dataFormat !== 'NDHWC') throw kindError(name, 'dataFormat', "'NDHWC'", dataFormat);
  if (pad !== 'same' && pad !== 'valid' && !(Number.isInteger(pad) && pad >= 0)) {
    throw kindError(name, 'pad', "'same', 'valid' or a whole number of at least 0", pad);
  }
  const round = ROUNDINGS[dimRoundingMode ?? 'floor'];
  if (!round) throw kindError(name, 'dimRoundingMode', "'floor', 'round' or 'ceil'", dimRoundingMode);
  const [strideOf, dilationOf] = [threeOf(name, 'strides', strides), threeOf(name, 'dilations', dilations ?? 1)];
  const axisOf = (axis) => {
    const [input, filter] = [xShape[axis + 1], filterSize[axis]];
    const [stride, dilation] = [strideOf[axis], dilationOf[axis]];
    const extent = (filter - 1) * dilation + 1;
    const zeros = typeof pad === 'number' ? pad : 0;
    const positions = round((input + 2 * zeros - extent) / stride) + 1;
    // A filter that is larger than x gives an empty y, as in tfjs.
    const output = pad === 'same' ? Math.ceil(input / stride) : Math.max(0, positions);
    const missing = Math.max(0, (output - 1) * stride + extent - input);
    return { input, output, filter, stride, dilation, before: pad === 'same' ? Math.floor(missing / 2) : zeros };
  };
  const axes = /** @type {[Axis, Axis, Axis]} */ ([0, 1, 2].map(axisOf));
  return { batch: xShape[0], axes, yShape: [xShape[0], ...axes.map(({ output }) => output)] };
}

/** Returns three whole numbers of at least 1, from a number for all axes or one for each. */
function threeOf(name, argument, value) {
  const list = typeof value === 'number' ? [value, value, value] : value;
  if (Array.isArray(list) && list.length === 3 && list.every((each) => Number.isInteger(each) && each >= 1))
    return list;
  throw kindError(name, argument, 'a whole number of at least 1, or three [depth, height, width]', value);
}
