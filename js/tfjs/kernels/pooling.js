import { NHWC, kindError, readConvolution, requireShape, stepsOf } from '../../arguments.js';

/** @typedef {import('../../ops.js').Kernel} Kernel */

/** Poolings of NHWC tensors, and their gradients. @type {Record<string, Kernel>} */
export const poolKernels = {
  max: pooling(['x'], 'maxPool'),
  maxGradient: poolGradient(['input', 'dy'], 'maxPoolGradient'),
  /** The gradient of maxGradient with respect to dy. `ddx` has the shape of x. */
  maxGradientGradient: {
    ...pooling(['input', 'ddx'], 'maxPoolGradientGradient'),
    resultShape: ({ functionName, x }, [, ddx], yShape) => {
      requireShape(functionName, 'ddx', ddx.shape, x);
      return yShape;
    },
  },
  average: pooling(['x'], 'averagePool'),
  averageGradient: {
    ...poolGradient(['input', 'dy'], 'averagePoolGradient'),
    run: (native, block, [, dy], dx) => native.averagePoolGradient(block, dy, dx), // only the shape of input matters
  },
};

/** Returns a pooling whose first input is x. @returns {Kernel} */
function pooling(inputs, run) {
  const names = { x: inputs[0], filter: 'filterSize' };
  return {
    inputs,
    required: inputs.length,
    geometry: 'makePoolGeometry',
    read: (functionName, [x], attrs) => {
      const filterSize = stepsOf(functionName, 'filterSize', attrs.filterSize, []); // readConvolution refuses []
      const call = readConvolution(functionName, names, x.shape, filterSize, attrs);
      if (call.layout !== NHWC) throw kindError(functionName, 'dataFormat', "'NHWC'", attrs.dataFormat);
      return call;
    },
    resultShape: (call, operands, yShape) => yShape,
    run: (native, block, operands, result) => native[run](block, ...operands, result),
  };
}

/** @returns {Kernel} */
function poolGradient(inputs, run) {
  return {
    ...pooling(inputs, run),
    resultShape: ({ functionName, x }, [, dy], yShape) => {
      requireShape(functionName, 'dy', dy.shape, yShape);
      return x;
    },
  };
}
