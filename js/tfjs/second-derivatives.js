/**
 * Gradients that tfjs lacks for second derivatives, on every backend. tfjs's gradients consist of kernels, and for a second derivative each of
 * these kernels needs a gradient. For second derivatives, the gradients in this file run kernels of tfjs only.
 */

/**
 * Comparisons, by the names of their inputs. Their results are constant almost everywhere, so the gradients are 0. tfjs's gradient of Select
 * also runs LogicalNot. LogicalAnd and LogicalOr are not in this list: the tests of tfjs require an error for their gradients.
 */
const PIECEWISE_CONSTANT = {
  Equal: ['a', 'b'],
  NotEqual: ['a', 'b'],
  Greater: ['a', 'b'],
  GreaterEqual: ['a', 'b'], // tfjs has a gradient for this one, whose type is wrong for int32 and bool
  Less: ['a', 'b'],
  LessEqual: ['a', 'b'],
  LogicalNot: ['x'],
};

/** @returns {import('./gradients.js').Gradient} */
function zeroGradient([kernelName, inputNames]) {
  return {
    kernelName,
    inputsToSave: inputNames,
    needs: [],
    gradient(run, dy, saved) {
      // Inputs of these kernels may be int32 or bool. A gradient is float32.
      const zeros = (x) => run('Cast', { x: run('ZerosLike', { x }, {}) }, { dtype: 'float32' });
      return Object.fromEntries(inputNames.map((name, i) => [name, () => zeros(saved[i])]));
    },
  };
}

/** The gradient of EluGrad: dx = dy for y ≥ 0, otherwise dy·(y + 1). @type {import('./gradients.js').Gradient} */
const eluGrad = {
  kernelName: 'EluGrad',
  inputsToSave: ['dy', 'y'],
  needs: [],
  gradient: (run, ddx, [dy, y]) => ({
    dy: () => run('EluGrad', { dy: ddx, y }, {}),
    y: () => {
      const isBelow = run(
        'Cast',
        { x: run('Less', { a: y, b: run('ZerosLike', { x: y }, {}) }, {}) },
        { dtype: 'float32' },
      );
      return run('Multiply', { a: run('Multiply', { a: ddx, b: dy }, {}), b: isBelow }, {});
    },
  }),
};

/** @type {import('./gradients.js').Gradient[]} */
export const missingGradients = [...Object.entries(PIECEWISE_CONSTANT).map(zeroGradient), eluGrad];

/**
 * The kernels whose gradients in tfjs use their output, by the names of their inputs. tfjs saves a copy of the output before it records the
 * kernel on the tape. For a second derivative, the copy is therefore a constant: the derivative is wrong, without an error.
 *
 * Max, Min and the poolings are not in this list. Their gradients compare the output with the input, so its derivative does not matter. Ops
 * with a tf.customGrad that saves an output, such as tf.logSoftmax, keep this fault, because tfjs does not register their gradients.
 */
const USING_OUTPUT = {
  Elu: ['x'],
  Exp: ['x'],
  Pow: ['a', 'b'],
  Sigmoid: ['x'],
  Softmax: ['logits'],
  Tanh: ['x'],
};

/** Kernels of this package that compute such a gradient from y and dy at once. tfjs's gradients of these run three kernels. */
const ONE_KERNEL = { Sigmoid: 'SigmoidGrad', Tanh: 'TanhGrad' };

/**
 * Returns gradients that call the gradients of tfjs or one kernel of ours. Under a second tape they call those of tfjs, and compute the output
 * once more from the inputs, which are on the tape. The inputs are saved only if a second tape is on, so a first derivative needs no more
 * memory.
 *
 * @param {any} tf
 * @param {(kernelName: string) => any} theirsOf returns the gradient that tfjs registered
 * @param {(kernelName: string) => boolean} hasOurs returns whether a kernel is ours on the current backend
 */
export function recomputingGradients(tf, theirsOf, hasOurs) {
  const isNested = () => !(tf.engine().state?.gradientDepth <= 1);
  const withTheirs = Object.entries(USING_OUTPUT).filter(([kernelName]) => theirsOf(kernelName));
  return withTheirs.map(([kernelName, inputNames]) => {
    const { inputsToSave: theirInputs = [], outputsToSave, gradFunc: theirGradient } = theirsOf(kernelName);
    return {
      kernelName,
      get inputsToSave() {
        return isNested() ? inputNames : theirInputs;
      },
      outputsToSave,
      gradFunc(dy, saved, attrs) {
        const inputs = Object.fromEntries(inputNames.map((name, i) => [name, saved[i]]));
        const areSaved = saved.length > inputNames.length; // the inputs, then the output
        const ours = ONE_KERNEL[kernelName];
        if (ours && !tf.engine().isTapeOn() && hasOurs(ours)) {
          return { x: () => tf.engine().runKernel(ours, { y: saved.at(-1), dy }, {}) };
        }
        if (!areSaved || !tf.engine().isTapeOn()) {
          return theirGradient(dy, areSaved ? savedFor(saved.at(-1)) : saved, attrs);
        }
        return theirGradient(dy, savedFor(tf.engine().runKernel(kernelName, inputs, attrs)), attrs);

        function savedFor(output) {
          return [...theirInputs.map((name) => inputs[name]), output];
        }
      },
    };
  });
}
