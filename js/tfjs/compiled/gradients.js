import { asLarge, gradients, sumTo } from '../gradients.js';

/**
 * The gradients of the kernels of a compiled model. This file defines the gradients of kernels for which eager training uses a gradient of
 * tfjs or of a training hook. For the other kernels, it takes the gradients that registerKernels registers.
 *
 * @typedef {object} KernelGradient as in ../gradients.js
 * @property {string[]} [inputsToSave]
 * @property {boolean[]} [outputsToSave]
 * @property {string[]} needs
 * @property {(run: import('../gradients.js').Run, dy: any, saved: any[], attrs: any, isRecorded: boolean, inputs: any) => any} gradient
 *   `inputs` are all inputs. The data of inputs that are not saved may be freed, so read only the shapes
 */

/** The gradient of Add: dy, summed over the axes along which an operand broadcasts. @type {KernelGradient} */
const add = {
  needs: ['Sum'],
  gradient: (run, dy, saved, attrs, isRecorded, { a, b }) => ({
    a: () => asLarge(run, a, dy),
    b: () => asLarge(run, b, dy),
  }),
};

/** @type {KernelGradient} */
const multiply = {
  inputsToSave: ['a', 'b'],
  needs: ['Sum'],
  gradient: (run, dy, [a, b]) => ({
    a: () => asLarge(run, a, run('Multiply', { a: dy, b }, {})),
    b: () => asLarge(run, b, run('Multiply', { a: dy, b: a }, {})),
  }),
};

/** @type {KernelGradient} */
const fusedMatMul = {
  inputsToSave: ['a', 'b'],
  needs: ['BatchMatMul', 'Sum'],
  gradient: (run, dy, [a, b], attrs, isRecorded, { bias }) => ({
    a: () => run('BatchMatMul', { a: dy, b }, { transposeA: false, transposeB: true }),
    b: () => run('BatchMatMul', { a, b: dy }, { transposeA: true, transposeB: false }),
    bias: () => sumTo(run, bias, dy),
  }),
};

/** @type {KernelGradient} */
const batchNormTraining = {
  inputsToSave: ['x', 'mean', 'variance', 'scale', 'offset'],
  needs: ['BatchNormTrainingGrad'],
  gradient(run, dy, [x, mean, variance, scale, offset], attrs) {
    const [dx, dScale, dOffset] = run('BatchNormTrainingGrad', { x, dy, mean, variance, scale, offset }, attrs);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};

/** @type {KernelGradient} */
const layerNorm = {
  inputsToSave: ['x', 'scale'],
  needs: ['LayerNormGrad'],
  gradient(run, dy, [x, scale], attrs) {
    const [dx, dScale, dOffset] = run('LayerNormGrad', { x, dy, scale }, attrs);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset };
  },
};

/** Returns the gradient of a function whose derivative is computed from x. @returns {KernelGradient} */
function gradientByInput(kernel) {
  return {
    inputsToSave: ['x'],
    needs: [kernel],
    gradient: (run, dy, [x]) => ({ x: () => run(kernel, { x, dy }, {}) }),
  };
}

/** Returns the gradient of a function whose derivative is computed from its result y. @returns {KernelGradient} */
function gradientByResult(kernel) {
  return {
    outputsToSave: [true],
    needs: [kernel],
    gradient: (run, dy, [y]) => ({ x: () => run(kernel, { y, dy }, {}) }),
  };
}

/** @type {KernelGradient} */
const swish = {
  inputsToSave: ['x'],
  outputsToSave: [true],
  needs: ['SwishGrad'],
  gradient: (run, dy, [x, y]) => ({ x: () => run('SwishGrad', { x, y, dy }, {}) }),
};

/** The gradient of softmax: y·(dy − Σ dy·y). @type {KernelGradient} */
const softmax = {
  outputsToSave: [true],
  needs: ['Multiply', 'Sub', 'Sum'],
  gradient: (run, dy, [y], { dim }) => ({
    logits() {
      const sum = run('Sum', { x: run('Multiply', { a: dy, b: y }, {}) }, { axis: dim, keepDims: true });
      return run('Multiply', { a: run('Sub', { a: dy, b: sum }, {}), b: y }, {});
    },
  }),
};

/** @type {KernelGradient} */
const reshape = {
  needs: ['Reshape'],
  gradient: (run, dy, saved, attrs, isRecorded, { x }) => ({ x: () => run('Reshape', { x: dy }, { shape: x.shape }) }),
};

/** @type {KernelGradient} */
const pad = {
  needs: ['Slice'],
  gradient: (run, dy, saved, { paddings }, isRecorded, { x }) => ({
    x: () => run('Slice', { x: dy }, { begin: paddings.map(([before]) => before), size: x.shape }),
  }),
};

/** The gradient of Concat, whose inputs are a list: the part of dy of each input. @type {KernelGradient} */
const concat = {
  needs: ['Slice'],
  gradient(run, dy, saved, { axis }, isRecorded, inputs) {
    let end = 0;
    return inputs.map(({ shape: size }) => {
      const begin = size.map((_, i) => (i === axis ? end : 0));
      end += size[axis];
      return () => run('Slice', { x: dy }, { begin, size });
    });
  },
};

/** @returns {KernelGradient} */
function resizeGradient(kernel) {
  return {
    inputsToSave: ['images'],
    needs: [kernel],
    gradient: (run, dy, [images], attrs) => ({ images: () => run(kernel, { images, dy }, attrs) }),
  };
}

/** @type {Record<string, KernelGradient>} */
export const kernelGradients = {
  ...Object.fromEntries(gradients.map((gradient) => [gradient.kernelName, gradient])),
  Add: add,
  Multiply: multiply,
  _FusedMatMul: fusedMatMul,
  BatchNormTraining: batchNormTraining,
  LayerNorm: layerNorm,
  Elu: gradientByResult('EluGrad'),
  Sigmoid: gradientByResult('SigmoidGrad'),
  Tanh: gradientByResult('TanhGrad'),
  Swish: swish,
  Gelu: gradientByInput('GeluGrad'),
  Softmax: softmax,
  Reshape: reshape,
  PadV2: pad,
  Concat: concat,
  ResizeNearestNeighbor: resizeGradient('ResizeNearestNeighborGrad'),
  ResizeBilinear: resizeGradient('ResizeBilinearGrad'),
};
