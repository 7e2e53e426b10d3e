// Times of the kernels in a pass of a network, added up by layer. Convolutions of equal shape count as one layer with several calls.

/** Kernels that belong to a kind of layer, by a pattern of their names. */
const KINDS = [
  [/BatchNorm|LayerNorm|Rsqrt|SquaredDifference/, 'Normalization'],
  [/Relu|ClipByValue|Sigmoid|Elu|Softmax|Step/, 'Activations'],
  [/Update$/, 'Optimizer'],
  [/MatMul/, 'Dense layer'],
  [/Mean|^Sum$/, 'Means and sums'],
];

/** The time that no kernel takes: JavaScript of TensorFlow.js. */
export const REST = 'JavaScript between kernels';

/**
 * Replaces each kernel of a backend by one that measures its time.
 *
 * @param {any} tf
 * @param {string} backend whose kernels compute before they return
 * @param {() => number} [now]
 */
export function recordKernels(tf, backend, now = () => performance.now()) {
  const kernels = tf.getKernelsForBackend(backend);
  const register = (kernel) => {
    tf.unregisterKernel(kernel.kernelName, backend);
    tf.registerKernel(kernel);
  };
  /** @type {Map<string, { layer: string, spec?: string, calls: number, milliseconds: number }>} */
  let rows = new Map();
  let depth = 0;
  for (const kernel of kernels) {
    const { kernelName, kernelFunc } = kernel;
    const recorded = (call) => {
      if (depth > 0) return kernelFunc(call); // a kernel that another kernel calls belongs to that kernel
      ++depth;
      const start = now();
      try {
        return kernelFunc({ ...call, observe: undefined }); // a compiled step repeats kernels that it observed without this function
      } finally {
        --depth;
        add(layerOfCall(kernelName, call), now() - start);
      }
    };
    // This package marks its functions with properties.
    register({ ...kernel, kernelFunc: Object.assign(recorded, kernelFunc) });
  }

  function add({ layer, spec }, milliseconds) {
    const row = rows.get(layer) ?? { layer, spec, calls: 0, milliseconds: 0 };
    rows.set(layer, { ...row, calls: row.calls + 1, milliseconds: row.milliseconds + milliseconds });
  }

  return {
    /** Returns the rows since the last call. */
    take() {
      const taken = [...rows.values()];
      rows = new Map();
      return taken;
    },
    /** Puts the kernels of the backend back. */
    stop: () => kernels.forEach(register),
  };
}

/** Returns the layer of a call, and the shape of a depthwise layer in the form of bench/shared/layers.js. @returns {any} */
export function layerOfCall(name, { inputs, attrs }) {
  if (!/Conv2D/i.test(name)) {
    return { layer: KINDS.find(([pattern]) => /** @type {RegExp} */ (pattern).test(name))?.[1] ?? 'Other kernels' };
  }
  const [batch, height, width, channels] = attrs.inputShape ?? inputs.x.shape;
  const [filterHeight, filterWidth, , last] = attrs.filterShape ?? inputs.filter.shape;
  const [stride] = [attrs.strides].flat();
  const isDepthwise = /depthwise/i.test(name);
  const kind = isDepthwise ? 'Depthwise' : filterHeight * filterWidth === 1 ? 'Pointwise' : 'Convolution';
  const x = [height, width, channels].join('×');
  const layer = `${kind} ${filterHeight}×${filterWidth}, ${x}${isDepthwise ? '' : `→${last}`}${stride > 1 ? `, stride ${stride}` : ''}`;
  const spec = `${[batch, height, width, channels].join('x')},${filterHeight}x${filterWidth}${stride > 1 ? `,stride=${stride}` : ''}`;
  return { layer, ...(isDepthwise && { spec }) };
}
