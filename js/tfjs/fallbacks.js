import { sizeOf } from '../ops.js';
import { makeOutput } from './heap.js';

/**
 * Kernels that run on tfjs's cpu backend, on copies, because its wasm backend lacks them or computes them wrongly. A call copies the inputs
 * from wasm to cpu, runs the kernel of cpu, copies the results to wasm, and frees all copies.
 *
 * Kernels in which the cpu backend has faults too are not here: this package has its own (kernels.js).
 */

/** The kernels that the wasm backend lacks. */
const MISSING = [
  ...['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'],
  ...['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor'],
  ...['Draw', 'StaticRegexReplace', 'UnsortedSegmentSum'],
];

/** The kernels of the wasm backend that read and write floats, whatever the type of x is: outside of its memory, if x is bool. */
const FLOATS_ONLY = [
  ...['Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cos', 'Cosh', 'Sin', 'Sinh', 'Tan', 'Tanh'],
  ...[
    'Ceil',
    'Floor',
    'IsFinite',
    'IsInf',
    'IsNan',
    'Reciprocal',
    'Erf',
    'Exp',
    'Expm1',
    'Log',
    'Log1p',
    'Rsqrt',
    'Sqrt',
  ],
  ...['ClipByValue', 'Elu', 'LeakyRelu', 'Selu', 'Sigmoid', 'Softplus', 'AvgPool3D', 'MaxPool3D'],
];

/** The kernels of the wasm backend that write more bytes for each bool than there are. */
const NO_BOOLS = [
  ...['Abs', 'Neg', 'Relu', 'Relu6', 'Round', 'Sign', 'Square', 'Step', 'Cumprod', 'Cumsum', 'Reverse', 'TopK'],
  ...['Atan2', 'FloorDiv', 'Prelu', 'SquaredDifference'],
  ...['DenseBincount', 'MaxPoolWithArgmax', 'SearchSorted', 'SparseSegmentMean', 'SparseSegmentSum'],
];

/**
 * The kernels that the wasm backend computes wrongly: for which calls, and why. `isOptional`: without the cpu backend, the wasm backend
 * computes the call, because it is right for many values.
 *
 * @type {Record<string, { isWrong: (call: any) => boolean, reason: string, isOptional?: boolean }>}
 */
const WRONG = {
  ...Object.fromEntries(FLOATS_ONLY.map((name) => [name, { isWrong: isNotFloat32, reason: 'takes float32 only' }])),
  ...Object.fromEntries(NO_BOOLS.map((name) => [name, { isWrong: isBool, reason: 'takes no bools' }])),
  // For int32, tfjs's Mod traps if a divisor is 0, and its Pow overflows the stack if an exponent is negative.
  Mod: { isWrong: isNotFloat32, reason: 'takes float32 only' },
  Pow: { isWrong: isNotFloat32, reason: 'takes float32 only' },
  BatchMatMul: {
    isWrong: ({ inputs: { a, b } }) =>
      a.dtype !== 'float32' || b.dtype !== 'float32' || a.shape.includes(0) || b.shape.includes(0),
    reason: 'takes float32 only, and no empty matrices',
  },
  _FusedMatMul: {
    isWrong: ({ inputs: { a, b, bias } }) => [a, b, bias].some((x) => x && x.dtype !== 'float32') || isNotRow(bias),
    reason: 'takes float32 only, and a bias with one dimension only',
  },
  Bincount: {
    isWrong: ({ inputs: { x, weights } }) => x.shape.length !== 1 || weights.dtype === 'bool',
    reason: 'counts tensors with one dimension only, and has no bool weights',
  },
  Cast: {
    isWrong: ({ inputs: { x }, attrs: { dtype } }) => dtype === 'bool' && x.dtype !== 'bool',
    reason: 'cuts numbers to 8 bits to make bools',
  },
  Dilation2D: { isWrong: () => true, reason: 'computes wrong maxima below 0', isOptional: true },
  Dilation2DBackpropFilter: { isWrong: () => true, reason: 'computes wrong maxima below 0', isOptional: true },
  Dilation2DBackpropInput: { isWrong: () => true, reason: 'computes wrong maxima below 0', isOptional: true },
  GatherNd: {
    isWrong: (call) => hasIndexOutside(call, call.inputs.indices, call.inputs.params.shape),
    reason: 'reads outside of the tensor for these indices',
  },
  GatherV2: {
    isWrong: ({ attrs: { batchDims } }) => Boolean(batchDims),
    reason: 'reads outside of the tensors if batchDims is not 0',
  },
  ScatterNd: {
    isWrong: (call) => hasIndexOutside(call, call.inputs.indices, call.attrs.shape),
    reason: 'writes outside of the tensor for these indices',
  },
  Select: {
    isWrong: ({ inputs: { t } }) => t.dtype === 'bool',
    reason: 'writes outside of its memory for bools',
  },
  Slice: { isWrong: isSliceOutside, reason: 'does not check that the slice is inside of x' },
  StridedSlice: {
    isWrong: ({ inputs: { x } }) => x.dtype !== 'float32',
    reason: 'returns float32 for all types',
  },
  TensorScatterUpdate: {
    isWrong: (call) => hasIndexOutside(call, call.inputs.indices, call.inputs.tensor.shape),
    reason: 'writes outside of the tensor for these indices',
  },
};

/** Kernels that do not read the values: the result shares the data of the input. */
const SHARING = ['ExpandDims', 'Identity', 'Reshape'];

/** The kernels of the wasm backend that take strings. All others would read an address that strings do not have. */
const STRINGS = [
  ...['Concat', 'Pack', 'Slice', 'SplitV', 'Unpack'],
  ...['StringNGrams', 'StringSplit', 'StringToHashBucketFast'],
];

/**
 * Kernels of this package that run in place of the cpu backend's, on its tensors.
 *
 * @type {Record<string, (call: any) => any>}
 */
const IN_PLACE_OF_CPU = { UnsortedSegmentSum: unsortedSegmentSum };

/** Returns the names of all kernels of which this file runs some calls on the cpu backend. */
export function fallbackNames(tf) {
  const ofWasm = tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName);
  return [...new Set([...MISSING, ...ofWasm])].filter((name) => !SHARING.includes(name));
}

/** Returns the names of the kernels of which calls with numbers run on the cpu backend, if it is imported. */
export function registeredFallbacks(tf) {
  return [...MISSING, ...Object.keys(WRONG)].filter((name) => tf.getKernel(name, 'cpu')).sort();
}

/**
 * Returns a kernel function that runs calls on the cpu backend if the wasm backend lacks the kernel or computes the call wrongly. All other
 * calls run `theirs`, the kernel of the wasm backend. Returns the function of `theirs` for a kernel that has no fallback.
 *
 * @param {any} tf
 * @param {string} kernelName
 * @param {any} theirs its configuration, or undefined
 * @returns {any}
 */
export function withFallback(tf, kernelName, theirs) {
  const isMissing = !theirs;
  if (isMissing ? !MISSING.includes(kernelName) : SHARING.includes(kernelName)) return theirs?.kernelFunc;
  const wrong = Object.hasOwn(WRONG, kernelName) ? WRONG[kernelName] : undefined;
  let hasLogged = false;

  const run = theirs?.kernelFunc;

  function reasonFor(call) {
    if (isMissing) return 'lacks this kernel';
    if (wrong?.isWrong(call)) return wrong.reason;
    return reasonOfTypes(kernelName, call);
  }

  return (call) => {
    const reason = reasonFor(call);
    if (!reason) return run(call);
    const kernel = tf.getKernel(kernelName, 'cpu'); // late: the cpu backend may be imported after registerKernels
    const cpu = kernel && tf.findBackend('cpu');
    if (!cpu) {
      if (wrong?.isOptional && !reasonOfTypes(kernelName, call)) return run(call);
      throw new TypeError(
        `Error in ${kernelName}: the wasm backend of TensorFlow.js ${reason}. ` +
          "Import '@tensorflow/tfjs-backend-cpu' to run this call on the cpu backend",
      );
    }
    if (!hasLogged) {
      hasLogged = true;
      console.info(`depthwise-wasm: ${kernelName} runs on the cpu backend. The wasm backend ${reason}.`);
    }
    return runOnCpu(
      kernelName,
      kernel,
      new Bridge(kernelName, call.backend, cpu, tf.getKernel('Complex', 'cpu')),
      call,
    );
  };
}

/** Returns why a call with strings or complex numbers cannot run on the wasm backend, if so. The attribute is the type of the result. */
function reasonOfTypes(kernelName, { inputs, attrs }) {
  let type = attrs?.dtype;
  for (const key in inputs) {
    const dtype = inputs[key]?.dtype;
    if (dtype === 'complex64' || dtype === 'string') type = dtype;
  }
  if (type === 'complex64') return 'has no complex numbers';
  if (type === 'string' && !STRINGS.includes(kernelName)) return 'takes no strings here';
  return undefined;
}

function isNotFloat32({ inputs: { x, a } }) {
  return (x ?? a).dtype !== 'float32';
}

/** Returns whether an index is outside of the first dimensions of `shape`. The last dimension of `indices` is one index. */
function hasIndexOutside({ backend }, indices, shape) {
  const depth = indices.shape.at(-1) ?? 1;
  return backend.readSync(indices.dataId).some((index, i) => index < 0 || index >= shape[i % depth]);
}

/** tfjs's ops pass `begin` as a number or a list, and `size` too; missing sizes and -1 mean "up to the end". */
function isSliceOutside({ inputs: { x }, attrs: { begin, size } }) {
  const [starts, sizes] = [[begin].flat(), [size].flat()];
  return x.shape.some((extent, axis) => {
    const start = starts[axis] ?? 0;
    const length = sizes[axis] ?? -1;
    return start < 0 || start + Math.max(0, length) > extent;
  });
}

function isBool({ inputs }) {
  return Object.values(inputs).some((info) => info?.dtype === 'bool');
}

function isNotRow(bias) {
  return Boolean(bias) && bias.shape.length !== 1;
}

function runOnCpu(kernelName, kernel, bridge, { inputs, attrs }) {
  const kernelFunc = IN_PLACE_OF_CPU[kernelName] ?? kernel.kernelFunc;
  /** @type {any[][]} */
  const [copies, results] = [[], []];
  try {
    const operands = mapTensors(inputs, (info) => {
      const copy = bridge.toCpu(info);
      copies.push(copy);
      return copy;
    });
    const computed = kernelFunc({ inputs: operands, attrs, backend: bridge.cpu });
    mapTensors([computed].flat(), (info) => copies.push(info));
    return mapTensors(computed, (info) => {
      const result = bridge.toWasm(info);
      results.push(result);
      return result;
    });
  } catch (error) {
    for (const { dataId } of results) bridge.wasm.disposeData(dataId);
    throw error;
  } finally {
    for (const copy of copies) bridge.freeOnCpu(copy);
  }
}

/** Returns the int32 sums of int32 or bool. The kernel of the cpu backend returns float32, which loses bits of large sums. */
function unsortedSegmentSum({ inputs: { x, segmentIds }, attrs: { numSegments }, backend: cpu }) {
  const itemShape = x.shape.slice(segmentIds.shape.length);
  const itemSize = sizeOf(itemShape);
  const shape = [numSegments, ...itemShape];
  const [values, ids, sums] = [cpu.readSync(x.dataId), cpu.readSync(segmentIds.dataId), new Int32Array(sizeOf(shape))];
  ids.forEach((segment, item) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let i = 0; i < itemSize; ++i) sums[segment * itemSize + i] += values[item * itemSize + i];
  });
  return { dataId: cpu.write(sums, shape, 'int32'), shape, dtype: 'int32' };
}

/** Returns `value` with `change` applied to each TensorInfo in it. tfjs's inputs are objects or arrays, of tensors or of arrays of tensors. */
function mapTensors(value, change) {
  if (value === null || typeof value !== 'object') return value;
  if ('dataId' in value) return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTensors(each, change));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTensors(each, change)]));
}

/**
 * Copies tensors between the two backends.
 *
 * On the wasm backend, a complex tensor with a shape is a float32 tensor with the shape [...shape, 2] under a TensorInfo with the dtype
 * complex64. The values have the order in which tensor.dataSync() returns them. The cpu backend has one tensor for the real parts and one for
 * the imaginary parts.
 */
class Bridge {
  #kernelName;
  #complexKernel;

  constructor(kernelName, wasm, cpu, complexKernel) {
    this.#kernelName = kernelName;
    this.#complexKernel = complexKernel;
    this.wasm = wasm;
    this.cpu = cpu;
  }

  toCpu({ dataId, shape, dtype }) {
    if (dtype !== 'complex64') return this.#onCpu(this.wasm.readSync(dataId), shape, dtype);
    const pairs = this.wasm.typedArrayFromHeap({ dataId, shape: [...shape, 2], dtype: 'float32' });
    const parts = [0, 1].map((part) =>
      this.#onCpu(
        Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + part]),
        shape,
        'float32',
      ),
    );
    try {
      const [real, imag] = parts;
      return this.#complexKernel.kernelFunc({ inputs: { real, imag }, backend: this.cpu });
    } finally {
      for (const part of parts) this.freeOnCpu(part);
    }
  }

  #onCpu(values, shape, dtype) {
    // Some kernels read the rank, which tensors have and TensorInfos do not.
    return { dataId: this.cpu.write(values, shape, dtype), shape, dtype, rank: shape.length };
  }

  toWasm({ dataId, shape, dtype }) {
    const values = this.cpu.readSync(dataId);
    if (dtype === 'string') return { dataId: this.wasm.write(values, shape, dtype), shape, dtype };
    const stored = dtype === 'complex64' ? { shape: [...shape, 2], dtype: 'float32' } : { shape, dtype };
    const info = makeOutput(this.wasm, this.#kernelName, stored.shape, stored.dtype);
    this.wasm.typedArrayFromHeap(info).set(values); // converts: the cpu backend may have floats in an int32 tensor
    return { dataId: info.dataId, shape, dtype };
  }

  /** Frees a tensor. Some kernels return tensors of tfjs, which count, and some return their input or share its data. */
  freeOnCpu(info) {
    if (typeof info.dispose === 'function') info.dispose();
    this.cpu.disposeData(info.dataId, true);
  }
}
