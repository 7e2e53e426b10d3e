import { arePerChannel, middleAxisOf } from './kernels.js';

/**
 * The gradients that registerKernels registers.
 *
 * @typedef {object} Gradient
 * @property {string} kernelName the kernel that is differentiated
 * @property {string[]} inputsToSave
 * @property {boolean[]} [outputsToSave] which results tfjs appends to the saved inputs
 * @property {string[]} needs the kernels that this package must have registered for the current backend
 * @property {boolean} [hasNoGradient] whether one of the kernels in `needs` has no gradient
 * @property {(saved: any, attrs: any) => boolean} [accepts] whether our gradient supports a call
 * @property {(run: (name: string, inputs: object, attrs: object) => any, dy: any, saved: any, attrs: any) => object} gradient
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
 * The gradient of batch normalization: two sums for each channel and one pass over x and dy. tfjs's own gradient makes about fifteen
 * passes.
 *
 * @type {Gradient}
 */
const batchNorm = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  needs: ['FusedBatchNormGrad'],
  hasNoGradient: true,
  accepts: ([x, mean, variance, scale]) => x.dtype === 'float32' && arePerChannel(x, { mean, variance, scale }),
  gradient: (run, dy, [x, mean, variance, scale], { varianceEpsilon }) => {
    const [dx, dMean, dVariance, dScale, dOffset] = run(
      'FusedBatchNormGrad',
      { x, dy, mean, variance, scale },
      { varianceEpsilon },
    );
    return { x: () => dx, mean: () => dMean, variance: () => dVariance, scale: () => dScale, offset: () => dOffset };
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
  accepts: ([x], { axis }) => x.rank > 0 && middleAxisOf(x.shape, { axis }) !== undefined,
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

/** @type {Gradient[]} */
const gradients = [
  ...convolutionGradients({
    forward: 'DepthwiseConv2dNative',
    input: 'DepthwiseConv2dNativeBackpropInput',
    filter: 'DepthwiseConv2dNativeBackpropFilter',
  }),
  ...convolutionGradients({
    forward: 'Conv2D',
    input: 'Conv2DBackpropInput',
    filter: 'Conv2DBackpropFilter',
  }),
  batchNorm,
  clipByValue,
  clipByValueGrad,
  mean,
  meanGrad,
  ...maxPool,
  ...averagePool,
];

/** A property of our gradient functions: the gradient that was registered before. Another copy of this package finds it too. */
const replaced = Symbol.for('depthwise-wasm.gradientBefore');

/**
 * Registers our gradients. tfjs uses one gradient for all backends. Therefore each of our gradients checks whether the kernels that it
 * needs are ours on the current backend (`hasOurs`). If not, it calls the gradient that was registered before.
 */
export function registerGradients(tf, hasOurs) {
  for (const gradient of gradients) registerGradient(tf, hasOurs, gradient);
}

/** @param {Gradient} ours */
function registerGradient(tf, hasOurs, ours) {
  const { kernelName, inputsToSave, outputsToSave, needs, hasNoGradient, accepts, gradient } = ours;
  const registered = tf.getGradient(kernelName);
  const theirs = registered && replaced in registered.gradFunc ? registered.gradFunc[replaced] : registered;
  const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);

  function gradFunc(dy, saved, attrs) {
    const isOurs =
      needs.every((name) => hasOurs(name)) &&
      // For a second derivative, tfjs records this gradient on another tape. Then every kernel must have a gradient.
      !(hasNoGradient && tf.engine().isTapeOn()) &&
      (accepts?.(saved, attrs) ?? true);
    if (isOurs || !theirs) return gradient(run, Array.isArray(dy) ? dy[0] : dy, saved, attrs);
    return theirs.gradFunc(dy, saved, attrs);
  }
  gradFunc[replaced] = theirs;
  tf.registerGradient({ kernelName, inputsToSave, outputsToSave, gradFunc });
}
