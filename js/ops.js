import {
  LINEAR,
  NHWC,
  kindError,
  outOfMemory,
  readActivation,
  readConvolution,
  requirePerChannel,
  requireShape,
  shapeOf,
} from './arguments.js';
import { geometryError } from './messages.js';

/**
 * Runs kernels. The steps of a call: read the arguments, let C++ check them and compute the geometry, allocate the result, compute.
 *
 * The heap creates operands and results: js/heap.js, or js/tfjs/heap.js inside TensorFlow.js. `native` contains the functions that
 * cpp/bindings/kernel_exports.cpp exports and, inside TensorFlow.js, those of tfjs_exports.cpp.
 */

/**
 * @typedef {import('./arguments.js').ConvArguments} ConvArguments
 * @typedef {{ shape: number[] }} Operand
 * @typedef {object} Kernel a convolution or a pooling
 * @property {string[]} inputs the names of its operands
 * @property {number} required how many of the inputs must be given
 * @property {string} geometry the exported function that checks the arguments
 * @property {(functionName: string, operands: any, attrs: any) => ConvArguments} read
 * @property {(call: any, operands: any, yShape: number[]) => number[]} resultShape returns the shape of the result. It first checks the
 *   operands whose shape depends on that of y
 * @property {(native: any, block: number, addresses: number[], result: number, call: any) => number} run returns the bytes that could not
 *   be allocated, or 0
 *
 * @typedef {(native: any, addresses: number[], results: any, memory: { readonly buffer: ArrayBufferLike }) => any} Run returns the bytes that
 *   could not be allocated, or undefined
 *
 * @typedef {object} Computation what is left of a call after its arguments are checked. It depends on shapes and attrs, not on the operands
 * @property {string} functionName
 * @property {number[][]} shapes the shapes of the results
 * @property {Run} run
 * @property {CallBlock} [block] the block from which `run` reads a geometry
 */

/**
 * Returns the kernels of a kind of convolution.
 *
 * @param {string} filterDimensions the dimensions of a filter, for the texts of errors
 * @param {{ geometry: string, forward: string, inputGradient: string, filterGradient: string }} names the exported functions
 * @returns {{ forward: Kernel, fusedForward: Kernel, inputGradient: Kernel, filterGradient: Kernel }}
 */
function convolutionKernels(filterDimensions, names) {
  const forward = forwardOf(names.geometry, names.forward, filterDimensions);
  return {
    forward,
    fusedForward: fused(forward, names.forward),
    inputGradient: inputGradient(names.geometry, names.inputGradient, filterDimensions),
    filterGradient: filterGradient(names.geometry, names.filterGradient, filterDimensions),
  };
}

export const depthwiseKernels = convolutionKernels('[height, width, inChannels, channelMultiplier]', {
  geometry: 'makeConvGeometry',
  forward: 'convForward',
  inputGradient: 'convInputGradient',
  filterGradient: 'convFilterGradient',
});

export const denseKernels = convolutionKernels('[height, width, inChannels, outChannels]', {
  geometry: 'makeDenseGeometry',
  forward: 'denseForward',
  inputGradient: 'denseInputGradient',
  filterGradient: 'denseFilterGradient',
});

function namesOf(x, filter, filterDimensions) {
  return { x, filter, filterDimensions };
}

/** @returns {Kernel} */
function forwardOf(geometry, run, filterDimensions) {
  const names = namesOf('x', 'filter', filterDimensions);
  return {
    inputs: ['x', 'filter'],
    required: 2,
    geometry,
    read: (functionName, [x, filter], attrs) => readConvolution(functionName, names, x.shape, filter.shape, attrs),
    resultShape: (call, operands, yShape) => yShape,
    run: (native, block, [x, filter], y) => native[run](block, x, filter, 0, LINEAR, 0, 0, y),
  };
}

/** Returns a forward kernel with bias and activation. @returns {Kernel} */
function fused(forward, run) {
  return {
    inputs: ['x', 'filter', 'bias', 'preluActivationWeights'],
    required: 2,
    geometry: forward.geometry,
    read: (functionName, operands, attrs) => {
      const { activation, leakyreluAlpha } = readActivation(functionName, attrs, operands[3]);
      const call = forward.read(functionName, operands, attrs);
      // Not { ...call, activation }: such a copy takes twice the time of a small convolution.
      call.activation = activation;
      call.leakyreluAlpha = leakyreluAlpha;
      return call;
    },
    resultShape: ({ functionName, layout }, [, , bias, preluWeights], yShape) => {
      const nhwc = layout === NHWC;
      const channels = yShape[nhwc ? 3 : 1];
      if (bias) requirePerChannel(functionName, 'bias', bias.shape, channels, nhwc);
      if (preluWeights) {
        requirePerChannel(functionName, 'preluActivationWeights', preluWeights.shape, channels, nhwc);
      }
      return yShape;
    },
    run: (native, block, [x, filter, bias, preluWeights], y, { activation, leakyreluAlpha }) =>
      native[run](block, x, filter, bias, activation, leakyreluAlpha, preluWeights, y),
  };
}

/** @returns {Kernel} */
function inputGradient(geometry, run, filterDimensions) {
  const names = namesOf('inputShape', 'filter', filterDimensions);
  return {
    inputs: ['dy', 'filter'],
    required: 2,
    geometry,
    read: (functionName, [, filter], attrs) =>
      readConvolution(functionName, names, shapeOf(functionName, 'inputShape', attrs.inputShape), filter.shape, attrs),
    resultShape: ({ functionName, x }, [dy], yShape) => {
      requireShape(functionName, 'dy', dy.shape, yShape);
      return x;
    },
    run: (native, block, [dy, filter], dx) => native[run](block, dy, filter, dx),
  };
}

/** @returns {Kernel} */
function filterGradient(geometry, run, filterDimensions) {
  const names = namesOf('x', 'filterShape', filterDimensions);
  return {
    inputs: ['x', 'dy'],
    required: 2,
    geometry,
    read: (functionName, [x], attrs) =>
      readConvolution(functionName, names, x.shape, shapeOf(functionName, 'filterShape', attrs.filterShape), attrs),
    resultShape: ({ functionName, filter }, [, dy], yShape) => {
      requireShape(functionName, 'dy', dy.shape, yShape);
      return filter;
    },
    run: (native, block, [x, dy], dfilter) => native[run](block, x, dy, dfilter),
  };
}

/** Computes kernels on the tensors of one heap. */
export class Ops {
  #heap;
  #native;
  #memory;
  #block;
  /**
   * Receives each computation after it has run.
   *
   * @type {((computation: Computation, operands: any[], results: any[], module: { heap: any, native: any, memory: any }) => void) | undefined}
   */
  observer;

  /**
   * @param {any} heap
   * @param {any} native the exported functions of the module
   * @param {{ readonly buffer: ArrayBufferLike }} memory the memory that the module works in
   */
  constructor(heap, native, memory) {
    this.#heap = heap;
    this.#native = native;
    this.#memory = memory;
    // One block is enough for all calls, because no code of a user runs from writing the arguments to the end of the kernel.
    this.#block = new CallBlock(native, memory);
  }

  /**
   * Returns the result of a convolution or a pooling.
   *
   * @param {Kernel} kernel
   * @param {string} functionName the function that the user called, for the texts of errors
   * @param {any} call { inputs, attrs }, as tfjs's kernels take them
   */
  run(kernel, functionName, call) {
    return this.#withCall(kernel, functionName, call, (operands, read) => {
      const shape = kernel.resultShape(read, operands, this.#yShape(kernel, read));
      const block = this.#block;
      const run = (native, from, [to]) => kernel.run(native, block.address, from, to, read);
      return this.#computed({ functionName, shapes: [shape], run, block }, kernel.inputs, operands)[0];
    });
  }

  /** Returns the shape of y for a call as `run` takes it. */
  yShape(kernel, functionName, call) {
    return this.#withCall(kernel, functionName, call, (operands, read) => this.#yShape(kernel, read));
  }

  /** Passes the operands and the arguments of a call to `body`, and returns its result. */
  #withCall(kernel, functionName, call, body) {
    const { inputs, attrs } = call ?? {};
    if (inputs === null || typeof inputs !== 'object') {
      const required = kernel.inputs.slice(0, kernel.required);
      throw kindError(functionName, 'inputs', `an object with ${required.join(' and ')}`, inputs);
    }
    if (attrs === null || typeof attrs !== 'object') throw kindError(functionName, 'attrs', 'an object', attrs);
    const values = kernel.inputs.map((name) => inputs[name]);
    return withOperands(this.#heap, functionName, kernel, values, (operands) =>
      body(operands, kernel.read(functionName, operands, attrs)),
    );
  }

  /** Lets C++ compute the geometry of a call, which stays in the block, and returns the shape of y. */
  #yShape(kernel, call) {
    const code = this.#native[kernel.geometry](this.#block.write(call));
    if (code !== 0) throw geometryError({ code, ...this.#block.error() }, call);
    return this.#block.yShape();
  }

  /**
   * Returns the results of a kernel without geometry, whose shapes the caller has checked.
   *
   * @param {string} functionName
   * @param {Record<string, any>} inputs its operands by name; undefined or null for one that is not given
   * @param {number[][]} shapes the shapes of the results
   * @param {Run} run
   * @param {Record<string, string>} [dtypes] the types of operands that are not float32
   */
  compute(functionName, inputs, shapes, run, dtypes) {
    const names = Object.keys(inputs);
    const description = { inputs: names, required: 0, dtypes };
    return withOperands(this.#heap, functionName, description, Object.values(inputs), (operands) =>
      this.#computed({ functionName, shapes, run }, names, operands),
    );
  }

  /** Allocates the results of a computation, and discards them if it fails. @param {Computation} computation */
  #computed(computation, names, operands) {
    const heap = this.#heap;
    const { functionName, shapes, run } = computation;
    const addresses = addressesOf(heap, functionName, names, operands);
    const results = [];
    try {
      for (const shape of shapes) results.push(heap.allocate(functionName, shape, sizeOf(shape)));
      const to = results.map((result) => heap.addressOf(result));
      const bytesWanted = run(this.#native, addresses, to, this.#memory);
      if (bytesWanted > 0) throw outOfMemory(functionName, bytesWanted);
    } catch (error) {
      for (const result of results) heap.discard(result);
      throw error;
    }
    this.observer?.(computation, operands, results, { heap, native: this.#native, memory: this.#memory });
    return results;
  }
}

export function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Creates the operands of a kernel from values, passes them to `body` and returns its result. Frees the copies that were made for the
 * operands. An input that is not required and not given becomes undefined.
 *
 * @template Result
 * @param {{ inputs: string[], required: number, dtypes?: Record<string, string> }} kernel
 * @param {(operands: any[]) => Result} body
 */
function withOperands(heap, functionName, kernel, values, body) {
  const { inputs, required, dtypes } = kernel;
  const operands = [];
  for (let i = 0; i < inputs.length; ++i) {
    const value = values[i];
    const isLeftOut = i >= required && (value === undefined || value === null);
    operands.push(isLeftOut ? undefined : heap.operand(functionName, inputs[i], value, dtypes?.[inputs[i]]));
  }
  try {
    return body(operands);
  } finally {
    for (const operand of operands) heap.free(operand);
  }
}

/** Returns the addresses of operands; 0 for one that is not given. Plain values are copied into the heap here. @returns {number[]} */
function addressesOf(heap, functionName, inputs, operands) {
  return operands.map((operand, i) => (operand ? heap.place(functionName, inputs[i], operand) : 0));
}

/** The memory through which a call passes its numbers to C++: struct CallBlock of cpp/bindings/exports.h. */
class CallBlock {
  #memory;
  #numbers = new Float64Array(0);

  constructor(native, memory) {
    this.#memory = memory;
    this.bytes = native.callBlockBytes();
    this.address = native.allocate(this.bytes) >>> 0;
    if (this.address === 0) throw outOfMemory('load', this.bytes);
  }

  /** All numbers of the block: those of the struct, and the geometry, whose bits have no meaning as numbers. */
  get numbers() {
    // A memory that grows gets another buffer. The one before loses its length, or remains valid if the memory is shared.
    if (this.#numbers.length === 0) {
      this.#numbers = new Float64Array(this.#memory.buffer, this.address, this.bytes / 8);
    }
    return this.#numbers;
  }

  /** Writes the arguments of a call in the order in which C++ reads them. @param {ConvArguments} call */
  write({ x, filter, strides, dilations, paddingKind, zeros, rounding, layout }) {
    const { numbers } = this;
    for (let i = 0; i < 4; ++i) {
      numbers[i] = x[i];
      numbers[4 + i] = filter[i] ?? filter[0]; // the filter size of a pooling: one number or two
      numbers[12 + i] = zeros[i];
    }
    numbers[8] = strides[0];
    numbers[9] = strides[strides.length - 1];
    numbers[10] = dilations[0];
    numbers[11] = dilations[dilations.length - 1];
    numbers[16] = paddingKind;
    numbers[17] = rounding;
    numbers[18] = layout;
    return this.address;
  }

  /** Reads the shape of y, which C++ has written. */
  yShape() {
    const { numbers } = this;
    // | 0 makes integers: engines box a double that is in a list.
    return [numbers[0] | 0, numbers[1] | 0, numbers[2] | 0, numbers[3] | 0];
  }

  /** Reads the operands of an error, which C++ has written. */
  error() {
    const [argument, ...operands] = this.numbers.slice(0, 6);
    return { argument, operands };
  }
}
