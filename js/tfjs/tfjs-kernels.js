import { writeConvolution } from '../convolution-call.js';
import { FILTER_GRADIENT, INPUT_GRADIENT, Kernels } from '../kernels.js';
import { kindError, stepsOf } from '../kinds.js';
import { addressesOf, withOperands } from '../operand.js';
import { middleAxisOf, sizeOf } from './middle-axis.js';
import { requireNhwc, requireShape } from './tensor-info.js';

/** @import { Kernel } from '../convolution-call.js' */

/** @type {Kernel} */
const CONV2D_INPUT_GRADIENT = {
  ...ofNhwcOnly(INPUT_GRADIENT),
  check: 'checkConv2DInputGradient',
  run: 'conv2DInputGradient',
};

/** @type {Kernel} */
const CONV2D_FILTER_GRADIENT = {
  ...ofNhwcOnly(FILTER_GRADIENT),
  check: 'checkConv2DFilterGradient',
  run: 'conv2DFilterGradient',
};

/** @type {Kernel} */
const MAX_POOL_GRADIENT = {
  inputs: ['input', 'dy'],
  required: 2,
  check: 'checkMaxPoolGradient',
  run: 'maxPoolGradient',
  write(call, functionName, [input, dy], attrs) {
    const filterSize = stepsOf(functionName, 'filterSize', attrs.filterSize, undefined);
    writeConvolution(call, functionName, input.shape, filterSize, attrs).numbers(dy.shape);
  },
};

/** @param {Kernel} kernel @returns {Kernel} */
function ofNhwcOnly(kernel) {
  return {
    ...kernel,
    write(call, functionName, operands, attrs) {
      requireNhwc(functionName, attrs);
      kernel.write(call, functionName, operands, attrs);
    },
  };
}

/** The kernels that TensorFlow.js gets beside those of every module. Results are the heap's, one or a list of them. */
export class TfjsKernels extends Kernels {
  #heap;
  #call;

  constructor(heap, call) {
    super(heap, call);
    this.#heap = heap;
    this.#call = call;
  }

  conv2DInputGradient(functionName, call) {
    return this.run(CONV2D_INPUT_GRADIENT, functionName, call);
  }

  conv2DFilterGradient(functionName, call) {
    return this.run(CONV2D_FILTER_GRADIENT, functionName, call);
  }

  maxPoolGradient(functionName, call) {
    return this.run(MAX_POOL_GRADIENT, functionName, call);
  }

  unsortedSegmentSum(functionName, { inputs: { x, segmentIds }, attrs: { numSegments } }) {
    requireShape(functionName, 'segmentIds', segmentIds, x.shape.slice(0, segmentIds.shape.length));
    if (!(Number.isInteger(numSegments) && numSegments >= 0)) {
      throw kindError(functionName, 'numSegments', 'a whole number of at least 0', numSegments);
    }
    const itemShape = x.shape.slice(segmentIds.shape.length);
    return this.#compute(functionName, 'unsortedSegmentSum', { x, segmentIds }, [[numSegments, ...itemShape]], {
      sizes: [sizeOf(segmentIds.shape), sizeOf(itemShape), numSegments],
      dtypes: { segmentIds: 'int32' },
    })[0];
  }

  batchNorm(functionName, { inputs: { x, mean, variance, offset, scale }, attrs: { varianceEpsilon } }) {
    const channels = requirePerChannel(functionName, x, { mean, variance }, { offset, scale });
    return this.#compute(functionName, 'batchNorm', { x, mean, variance, offset, scale }, [x.shape], {
      sizes: [varianceEpsilon, sizeOf(x.shape.slice(0, -1)), channels],
    })[0];
  }

  batchNormGradient(functionName, { inputs: { x, dy, mean, variance, scale }, attrs: { varianceEpsilon } }) {
    const channels = requirePerChannel(functionName, x, { mean, variance }, { scale });
    requireShape(functionName, 'dy', dy, x.shape);
    const shapes = [x.shape, ...Array(4).fill([channels])];
    return this.#compute(functionName, 'batchNormGradient', { x, dy, mean, variance, scale }, shapes, {
      sizes: [varianceEpsilon, sizeOf(x.shape.slice(0, -1)), channels],
    });
  }

  sum(functionName, call) {
    return this.#reduce(functionName, call, () => 1);
  }

  mean(functionName, call) {
    return this.#reduce(functionName, call, (count) => 1 / count);
  }

  /** The gradient of a mean over `axis` of a tensor of `inputShape`. */
  meanGradient(functionName, { inputs: { dy }, attrs: { inputShape, axis } }) {
    const { outer, middle, inner, shape } = middleAxisOf(inputShape, { axis });
    if (sizeOf(dy.shape) !== outer * inner) requireShape(functionName, 'dy', dy, shape); // keepDims or not
    const sizes = [outer, middle, inner, 1 / middle];
    return this.#compute(functionName, 'spreadMiddle', { dy }, [inputShape], { sizes })[0];
  }

  clipGradient(functionName, { inputs: { x, dy }, attrs: { clipValueMin, clipValueMax } }) {
    requireShape(functionName, 'dy', dy, x.shape);
    return this.#compute(functionName, 'clipGradient', { x, dy }, [x.shape], {
      sizes: [clipValueMin, clipValueMax, sizeOf(x.shape)],
    })[0];
  }

  #reduce(functionName, { inputs: { x }, attrs }, factorOf) {
    const { outer, middle, inner, shape } = middleAxisOf(x.shape, attrs);
    const sizes = [outer, middle, inner, factorOf(middle)];
    return this.#compute(functionName, 'sumMiddle', { x }, [shape], { sizes })[0];
  }

  /** A kernel whose shapes tfjs has checked: it takes the addresses of its operands and of its results, then numbers. */
  #compute(functionName, kernel, given, shapes, { sizes, dtypes = {} }) {
    const inputs = Object.keys(given);
    const description = { inputs, required: 0, dtypes };
    return withOperands(this.#heap, functionName, description, Object.values(given), (operands) => {
      const addresses = addressesOf(this.#heap, functionName, inputs, operands);
      const results = [];
      try {
        for (const shape of shapes) results.push(this.#heap.allocate(functionName, shape, sizeOf(shape)));
        const places = results.map((result) => this.#heap.addressOf(result));
        this.#call.run(functionName, kernel, ...addresses, ...places, ...sizes);
      } catch (error) {
        for (const result of results) this.#heap.discard(result);
        throw error;
      }
      return results;
    });
  }
}

/** That all have one value a channel of x, those of `optional` where they are given. @returns {number} the channels */
function requirePerChannel(functionName, x, required, optional) {
  const channels = x.shape.at(-1);
  for (const [name, info] of Object.entries({ ...required, ...optional })) {
    if (info) requireShape(functionName, name, info, [channels]);
    else if (name in required) throw kindError(functionName, name, 'a tensor', info);
  }
  return channels;
}
