import { sizeOf } from '../ops.js';
import { einsumGradient } from './kernels/einsum.js';
import { normShapeOf } from './kernels/normalization.js';
import { reductionOf } from './kernels/reductions.js';
import { missingGradients, recomputingGradients } from './second-derivatives.js';

/**
 * The gradients that registerKernels registers.
 *
 * @typedef {object} Gradient
 * @property {string} kernelName the kernel that is differentiated
 * @property {string[]} [inputsToSave]
 * @property {boolean} [saveAllInputs] for kernels whose inputs are an array
 * @property {boolean[]} [outputsToSave] which results tfjs appends to the saved inputs
 * @property {string[]} needs the kernels that this package must have registered for the current backend
 * @property {(saved: any, attrs: any) => boolean} [accepts] whether our gradient supports a call
 * @property {(run: Run, dy: any, saved: any[], attrs: any, isRecorded: boolean) => object} gradient returns a function for each input. For a
 *   second derivative, tfjs records this gradient on another tape (`isRecorded`). Then every kernel must have a gradient
 * @property {(saved: any[]) => any[]} [savedForTheirs] returns the saved tensors that tfjs's gradient expects
 *
 * @typedef {(name: string, inputs: object, attrs: object) => any} Run
 */

/**
 * Returns the gradients of a convolution, and the gradients of those gradients, which are convolutions again. They support dilations,
 * dataFormat and dimRoundingMode, which tfjs's own gradients refuse or ignore. The kernels of other backends do not support all of these
 * attributes, so tfjs's own first gradient remains in use there.
 *
 * @returns {Gradient[]}
 */
function convolutionGradients({ forward, input, filter }) {
  const y = (run, x, w, attrs) => run(forward, { x, filter: w }, { dataFormat: 'NHWC', dilations: [1, 1], ...attrs });
  const dx = (run, dy, w, x, attrs) => run(input, { dy, filter: w }, { ...attrs, inputShape: x.shape });
  const dw = (run, x, dy, w, attrs) => run(filter, { x, dy }, { ...attrs, filterShape: w.shape });
  return [
    {
      kernelName: forward,
      inputsToSave: ['x', 'filter'],
      needs: [input, filter],
      gradient: (run, dy, [x, w], attrs) => ({
        x: () => dx(run, dy, w, x, attrs),
        filter: () => dw(run, x, dy, w, attrs),
      }),
    },
    {
      kernelName: input,
      inputsToSave: ['dy', 'filter'],
      needs: [input],
      gradient: (run, ddx, [dy, w], attrs) => ({
        dy: () => y(run, ddx, w, attrs),
        filter: () => dw(run, ddx, dy, w, attrs),
      }),
    },
    {
      kernelName: filter,
      inputsToSave: ['x', 'dy'],
      needs: [filter],
      gradient: (run, ddw, [x, dy], attrs) => ({
        x: () => dx(run, dy, ddw, x, attrs),
        dy: () => y(run, x, ddw, attrs),
      }),
    },
  ];
}

/**
 * Names of inputs to save, of which some may not be given. tfjs saves `names.map((name) => inputs[name])` and cannot save undefined. The
 * `map` of this list leaves undefined out. tfjs offers nothing else for optional inputs.
 *
 * @extends {Array<string>}
 */
class NamesOfGivenInputs extends Array {
  map(get) {
    return Array.from(this, (name) => get(name)).filter(Boolean);
  }
}

/**
 * Returns the gradient of a fused convolution without an activation. tfjs has a gradient for `tf.fused.conv2d`, which computes the gradients of
 * x and of the filter together. This one computes the gradient of x only if it is needed: not for the first layer of a network.
 *
 * @returns {Gradient}
 */
function fusedConvolutionGradient({ forward, input, filter: dfilter }) {
  return {
    kernelName: forward,
    inputsToSave: NamesOfGivenInputs.of('x', 'filter', 'bias'),
    needs: [forward, input, dfilter],
    gradient(run, dy, [x, filter, bias], attrs) {
      const { activation = 'linear', dataFormat } = attrs;
      if (activation !== 'linear') {
        throw new TypeError(`Error in ${forward}: activation must be 'linear' for a gradient, got '${activation}'`);
      }
      return {
        x: () => run(input, { dy, filter }, { ...attrs, inputShape: x.shape }),
        filter: () => run(dfilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
        bias() {
          // In NCHW, a one-dimensional bias belongs to the channels, which are not the last axis.
          if (dataFormat !== 'NCHW' || bias.shape.length !== 1) return sumTo(run, bias, dy);
          const sums = sumTo(run, { shape: [bias.shape[0], 1, 1] }, dy);
          return run('Reshape', { x: sums }, { shape: bias.shape });
        },
      };
    },
  };
}

/**
 * The inputs of batch normalization that are saved. The list contains the scale twice, so that the number of saved tensors tells which optional
 * inputs are given: 3: none; 4: the offset; 5: the scale; 6: both. A saved tensor shares the data, so the second one needs no memory.
 */
const NORM_INPUTS = NamesOfGivenInputs.of('x', 'mean', 'variance', 'offset', 'scale', 'scale');

/** @param {any[]} saved */
function normInputsOf(saved) {
  const [x, mean, variance, ...others] = saved;
  const scale = others.length >= 2 ? others.at(-1) : undefined;
  const offset = others.length % 2 === 1 ? others[0] : undefined;
  return { x, mean, variance, scale, offset };
}

/**
 * The gradient of batch normalization. If all parameters have the same channels, our kernel computes it: two sums for each channel and one
 * pass over x and dy. tfjs's own gradient makes about fifteen passes, and requires a rank of 4, a scale, and parameters of shape [channels]
 * or of the shape of x.
 *
 * @type {Gradient}
 */
const batchNorm = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: NORM_INPUTS,
  needs: ['FusedBatchNorm', 'FusedBatchNormGrad'],
  accepts: ([x]) => x.dtype === 'float32',
  gradient(run, dy, saved, { varianceEpsilon }, isRecorded) {
    const { x, mean, variance, scale, offset } = normInputsOf(saved);
    const isOneShape = [variance, scale, offset].every((info) => !info || String(info.shape) === String(mean.shape));
    if (isRecorded || !isOneShape || !normShapeOf(x.shape, [mean])) {
      return composedBatchNormGradient(run, dy, normInputsOf(saved), varianceEpsilon);
    }
    const inputs = { x, dy, mean, variance, ...(scale && { scale }) };
    const [dx, dMean, dVariance, dScale, dOffset] = run('FusedBatchNormGrad', inputs, { varianceEpsilon });
    return { x: () => dx, mean: () => dMean, variance: () => dVariance, scale: () => dScale, offset: () => dOffset };
  },
  savedForTheirs(saved) {
    const { x, mean, variance, scale } = normInputsOf(saved);
    return [x, mean, variance, scale];
  },
};

/** Returns the gradient of batch normalization, composed of kernels that have gradients. */
function composedBatchNormGradient(run, dy, { x, mean, variance, scale, offset }, varianceEpsilon) {
  const constant = (value) => run('Fill', {}, { shape: [], value, dtype: 'float32' });
  const times = (...factors) => factors.filter(Boolean).reduce((a, b) => run('Multiply', { a, b }, {}));
  const r = run('Rsqrt', { x: run('Add', { a: variance, b: constant(varianceEpsilon) }, {}) }, {});
  const centered = () => run('Sub', { a: x, b: mean }, {});
  return {
    x: () => times(dy, times(r, scale)),
    mean: () => sumTo(run, mean, times(dy, times(r, scale, constant(-1)))),
    variance: () => sumTo(run, variance, times(dy, centered(), times(r, r, r, scale, constant(-0.5)))),
    scale: () => sumTo(run, scale, times(dy, centered(), r)),
    offset: () => sumTo(run, offset, dy),
  };
}

/** Returns the sums of `values` over the axes along which a tensor broadcasts to them. */
export function sumTo(run, { shape }, values) {
  const missing = values.shape.length - shape.length;
  const axis = values.shape.map((_, i) => i).filter((i) => i < missing || shape[i - missing] === 1);
  const sums = run('Sum', { x: values }, { axis, keepDims: axis.length > missing });
  return axis.length > missing ? run('Reshape', { x: sums }, { shape }) : sums;
}

/** Returns a gradient of an operand, summed over the axes along which the operand broadcasts. */
export function asLarge(run, info, gradient) {
  return String(info.shape) === String(gradient.shape) ? gradient : sumTo(run, info, gradient);
}

/**
 * The gradient of a matrix product. tfjs's own gradient does not sum over the dimensions along which a or b broadcasts, so its shape is wrong.
 *
 * @type {Gradient}
 */
const batchMatMul = {
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  needs: ['BatchMatMul'],
  accepts: ([a, b]) => a.dtype === 'float32' && b.dtype === 'float32',
  gradient(run, dy, [a, b], { transposeA, transposeB }) {
    const product = (a, b, transposeA, transposeB) => run('BatchMatMul', { a, b }, { transposeA, transposeB });
    const da = () => (transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB));
    const db = () => (transposeB ? product(dy, a, true, transposeA) : product(a, dy, !transposeA, false));
    return { a: () => asLarge(run, a, da()), b: () => asLarge(run, b, db()) };
  },
};

/**
 * The gradient of clipping, which is relu6 in tfjs-layers. tfjs's own gradient runs four kernels, each over a tensor of the size of x.
 *
 * @type {Gradient}
 */
const clipByValue = {
  kernelName: 'ClipByValue',
  inputsToSave: ['x'],
  needs: ['ClipByValueGrad'],
  accepts: ([x]) => x.dtype === 'float32',
  gradient: (run, dy, [x], attrs) => ({ x: () => run('ClipByValueGrad', { x, dy }, attrs) }),
};

/**
 * The gradient of ClipByValueGrad. ClipByValueGrad returns dy within the limits, so it depends linearly on dy and not on x.
 *
 * @type {Gradient}
 */
const clipByValueGrad = {
  kernelName: 'ClipByValueGrad',
  inputsToSave: ['x'],
  needs: ['ClipByValueGrad'],
  gradient: (run, ddx, [x], attrs) => ({
    x: () => run('ZerosLike', { x }, {}),
    dy: () => run('ClipByValueGrad', { x, dy: ddx }, attrs),
  }),
};

/**
 * The gradient of a mean. tfjs's own gradient multiplies by ones and divides: three kernels, each over a tensor of the size of x.
 *
 * @type {Gradient}
 */
const mean = {
  kernelName: 'Mean',
  inputsToSave: ['x'],
  needs: ['MeanGrad'],
  accepts: ([x], { axis }) => reductionOf(x.shape, { axis }) !== undefined,
  gradient: (run, dy, [x], { axis }) => ({ x: () => run('MeanGrad', { dy }, { inputShape: x.shape, axis }) }),
};

/** @type {Gradient} */
const meanGrad = {
  kernelName: 'MeanGrad',
  inputsToSave: ['dy'],
  needs: ['MeanGrad'],
  gradient: (run, ddx, [dy], { axis }) => ({
    // dy has the reduced axes only if keepDims was true. This mean does not have them.
    dy: () => run('Reshape', { x: run('Mean', { x: ddx }, { axis, keepDims: false }) }, { shape: dy.shape }),
  }),
};

/**
 * The gradient of Tile: a sum over the copies of each axis. tfjs's own gradient cuts out and adds one copy after the other: 8 · 24 · 24 copies
 * for the scale of a LayerNormalization.
 *
 * @type {Gradient}
 */
const tile = {
  kernelName: 'Tile',
  inputsToSave: ['x'],
  needs: ['Sum'],
  accepts: ([x]) => x.dtype === 'float32',
  gradient: (run, dy, [x], { reps }) => ({
    x() {
      const sumOfCopies = (values, axis) => {
        const [outer, rest] = [values.shape.slice(0, axis), values.shape.slice(axis + 1)];
        const copies = [sizeOf(outer), reps[axis], x.shape[axis] * sizeOf(rest)];
        const sum = run('Sum', { x: run('Reshape', { x: values }, { shape: copies }) }, { axis: 1, keepDims: false });
        return run('Reshape', { x: sum }, { shape: [...outer, x.shape[axis], ...rest] });
      };
      // The axis with the most copies first, so the other sums read few values.
      const axes = x.shape.map((_, axis) => axis).filter((axis) => reps[axis] !== 1);
      return axes.sort((i, j) => reps[j] - reps[i]).reduce(sumOfCopies, dy);
    },
  }),
};

/**
 * Returns the gradient of relu, relu6 or leakyRelu. tfjs's own gradients run three to five kernels, each over a tensor of the size of x.
 *
 * @param {string} kernelName
 * @param {(attrs: any) => { alpha: number, max: number }} limitsOf returns the slope below 0, and the x above which the slope is 0
 * @returns {Gradient}
 */
function reluGradient(kernelName, limitsOf) {
  return {
    kernelName,
    inputsToSave: ['x'],
    needs: ['ReluGrad'],
    accepts: ([x]) => x.dtype === 'float32',
    gradient: (run, dy, [x], attrs) => ({ x: () => run('ReluGrad', { x, dy }, limitsOf(attrs)) }),
  };
}

/** The gradient of ReluGrad, which depends linearly on dy and not on x. @type {Gradient} */
const reluGrad = {
  kernelName: 'ReluGrad',
  inputsToSave: ['x'],
  needs: ['ReluGrad'],
  gradient: (run, ddx, [x], attrs) => ({
    x: () => run('ZerosLike', { x }, {}),
    dy: () => run('ReluGrad', { x, dy: ddx }, attrs),
  }),
};

/**
 * The gradient of erf, dy·2/√π·e^(−x²). tfjs's own gradient runs five kernels, each over a tensor of the size of x. They have gradients, so a
 * second derivative uses them.
 *
 * @type {Gradient}
 */
const erf = {
  kernelName: 'Erf',
  inputsToSave: ['x'],
  needs: ['ErfGrad'],
  accepts: ([x]) => x.dtype === 'float32',
  gradient: (run, dy, [x], attrs, isRecorded) => ({
    x() {
      if (!isRecorded) return run('ErfGrad', { x, dy }, {});
      const factor = run('Fill', {}, { shape: [], value: 2 / Math.sqrt(Math.PI), dtype: 'float32' });
      const power = run('Exp', { x: run('Neg', { x: run('Square', { x }, {}) }, {}) }, {});
      return run('Multiply', { a: dy, b: run('Multiply', { a: power, b: factor }, {}) }, {});
    },
  }),
};

/** @type {Gradient} */
const einsum = {
  kernelName: 'Einsum',
  saveAllInputs: true,
  needs: ['Einsum'],
  gradient: einsumGradient,
};

/**
 * The gradients of max pooling, of its gradient, and of the gradient of that one. tfjs's own gradients ignore dimRoundingMode and have no
 * gradients. For a given x, MaxPoolGrad and MaxPoolGradGrad are linear and each is the gradient of the other one.
 *
 * @type {Gradient[]}
 */
const maxPool = [
  {
    kernelName: 'MaxPool',
    inputsToSave: ['x'],
    outputsToSave: [true], // tfjs's gradient needs y
    needs: ['MaxPoolGrad'],
    accepts: ([x]) => x.dtype === 'float32',
    gradient: (run, dy, [x], attrs) => ({ x: () => run('MaxPoolGrad', { dy, input: x }, attrs) }),
  },
  {
    kernelName: 'MaxPoolGrad',
    inputsToSave: ['dy', 'input'],
    needs: ['MaxPoolGrad', 'MaxPoolGradGrad'],
    gradient: (run, ddx, [dy, input], attrs) => ({
      dy: () => run('MaxPoolGradGrad', { ddx, input }, attrs),
      input: () => run('ZerosLike', { x: input }, {}),
      output: () => run('ZerosLike', { x: dy }, {}),
    }),
  },
  {
    kernelName: 'MaxPoolGradGrad',
    inputsToSave: ['input'],
    needs: ['MaxPoolGrad', 'MaxPoolGradGrad'],
    gradient: (run, dddy, [input], attrs) => ({
      ddx: () => run('MaxPoolGrad', { dy: dddy, input }, attrs),
      input: () => run('ZerosLike', { x: input }, {}),
    }),
  },
];

/**
 * The gradients of average pooling and of its gradient. tfjs's own gradient divides by the size of the filter also at the border of the
 * image, ignores dimRoundingMode and has no gradient.
 *
 * @type {Gradient[]}
 */
const averagePool = [
  {
    kernelName: 'AvgPool',
    inputsToSave: ['x'],
    needs: ['AvgPoolGrad'],
    accepts: ([x]) => x.dtype === 'float32',
    gradient: (run, dy, [x], attrs) => ({ x: () => run('AvgPoolGrad', { dy, input: x }, attrs) }),
  },
  {
    kernelName: 'AvgPoolGrad',
    inputsToSave: ['input'],
    needs: ['AvgPool', 'AvgPoolGrad'],
    gradient: (run, ddx, [input], attrs) => ({
      dy: () => run('AvgPool', { x: ddx }, attrs),
      input: () => run('ZerosLike', { x: input }, {}),
    }),
  },
];

/**
 * Returns the gradient of the gradient of a resized image, which is linear in dy.
 *
 * @returns {Gradient}
 */
function resizeGradientGradient(resize) {
  return {
    kernelName: `${resize}Grad`,
    inputsToSave: ['images', 'dy'],
    needs: [`${resize}Grad`],
    gradient: (run, ddx, [images, dy], attrs) => ({
      images: () => run('Cast', { x: run('ZerosLike', { x: images }, {}) }, { dtype: 'float32' }),
      dy: () => run(resize, { images: ddx }, { ...attrs, size: dy.shape.slice(1, 3) }),
    }),
  };
}

/** The gradient kernels of convolutions. */
const DEPTHWISE = { input: 'DepthwiseConv2dNativeBackpropInput', filter: 'DepthwiseConv2dNativeBackpropFilter' };
const DENSE = { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter' };

/** @type {Gradient[]} */
export const gradients = [
  ...convolutionGradients({ forward: 'DepthwiseConv2dNative', ...DEPTHWISE }),
  ...convolutionGradients({ forward: 'Conv2D', ...DENSE }),
  fusedConvolutionGradient({ forward: 'FusedDepthwiseConv2D', ...DEPTHWISE }),
  fusedConvolutionGradient({ forward: 'FusedConv2D', ...DENSE }),
  batchMatMul,
  batchNorm,
  clipByValue,
  clipByValueGrad,
  mean,
  meanGrad,
  tile,
  reluGradient('Relu', () => ({ alpha: 0, max: Infinity })),
  reluGradient('Relu6', () => ({ alpha: 0, max: 6 })),
  reluGradient('LeakyRelu', ({ alpha }) => ({ alpha, max: Infinity })),
  reluGrad,
  erf,
  einsum,
  ...maxPool,
  ...averagePool,
  resizeGradientGradient('ResizeNearestNeighbor'),
  resizeGradientGradient('ResizeBilinear'),
  ...missingGradients,
];

/** A property of our gradient functions: the gradient that was registered before. Another copy of this package finds it too. */
const replaced = Symbol.for('depthwise-wasm.gradientBefore');

/**
 * Registers our gradients. tfjs uses one gradient for all backends. Therefore each of our gradients checks whether the kernels that it
 * needs are ours on the current backend (`hasOurs`). If not, it calls the gradient that was registered before.
 */
export function registerGradients(tf, hasOurs) {
  const theirsOf = (kernelName) => {
    const registered = tf.getGradient(kernelName);
    return registered && replaced in registered.gradFunc ? registered.gradFunc[replaced] : registered;
  };
  for (const gradient of gradients) registerGradient(tf, hasOurs, gradient, theirsOf(gradient.kernelName));
  for (const gradient of recomputingGradients(tf, theirsOf, hasOurs))
    register(tf, gradient, theirsOf(gradient.kernelName));
}

/** @param {Gradient} ours */
function registerGradient(tf, hasOurs, ours, theirs) {
  const {
    kernelName,
    inputsToSave,
    outputsToSave,
    saveAllInputs,
    needs,
    accepts,
    gradient,
    savedForTheirs = (saved) => saved,
  } = ours;
  const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);

  function gradFunc(dy, saved, attrs) {
    const isOurs = needs.every((name) => hasOurs(name)) && (accepts?.(saved, attrs) ?? true);
    if (isOurs || !theirs) {
      return gradient(run, Array.isArray(dy) ? dy[0] : dy, saved, attrs, tf.engine().isTapeOn());
    }
    return theirs.gradFunc(dy, savedForTheirs(saved), attrs);
  }
  register(tf, { kernelName, inputsToSave, outputsToSave, saveAllInputs, gradFunc }, theirs);
}

function register(tf, gradient, theirs) {
  gradient.gradFunc[replaced] = theirs;
  tf.registerGradient(gradient);
}
