/**
 * Tensors whose values are computed when they are first read.
 *
 * Batch normalization often has one reader, an activation, and one kernel computes both. Then the values of the batch normalization
 * itself are not needed. The same is true for a convolution that a batch normalization reads. But no graph says so for certain: a model may
 * output them, and a layer of a user may read them. So they are deferred. If something reads them after all, they are computed and copied once.
 *
 * tfjs knows the backend of the data of each tensor. If a kernel of another backend reads the data, tfjs calls `readSync` of the backend
 * that has them, and moves them. The backend of deferred tensors computes the values in `readSync`.
 */
export class DeferredTensors {
  #tf;
  #entries = new Map(); // by dataId
  #ofTensor = new WeakMap();

  constructor(tf) {
    this.#tf = tf;
  }

  /**
   * Returns a tensor that `kernelName` of the current backend computes when the tensor is read.
   *
   * @param {number[]} shape
   * @param {{ kernelName: string, inputs: Record<string, any>, attrs: any, differentiated: string[] }} call `differentiated` are the names of
   *   the inputs that have gradients
   */
  defer(shape, call) {
    const tf = this.#tf;
    const engine = tf.engine();
    const { backend } = engine;
    const { kernelFunc } = tf.getKernel(call.kernelName, tf.getBackend());
    const inputs = {};
    for (const name in call.inputs) if (call.inputs[name]) inputs[name] = tf.keep(share(engine, call.inputs[name]));
    const dataId = {};
    this.#entries.set(dataId, {
      refCount: 1,
      inputs,
      shape,
      backend,
      run: () => kernelFunc({ ...call, inputs, backend }),
    });
    const y = engine.makeTensorFromTensorInfo({ dataId, shape, dtype: 'float32' }, this);
    this.#ofTensor.set(y, { ...call, tape: engine.state.activeTape });
    return y;
  }

  /**
   * Returns the call that computes a deferred tensor, with the tensors that the tape knows. Returns undefined if the tensor is not deferred, or
   * is already computed, or if the call would not be the same now: on another tape, or with other values.
   */
  callOf(tensor) {
    const call = this.#ofTensor.get(tensor);
    const copies = tensor && this.#entries.get(tensor.dataId)?.inputs;
    if (!call || !copies || tensor.isDisposed || call.tape !== this.#tf.engine().state.activeTape) return undefined;
    const inputs = { ...copies };
    for (const name of call.differentiated.filter((name) => copies[name])) {
      inputs[name] = call.inputs[name];
      if (inputs[name].isDisposed || inputs[name].dataId !== copies[name].dataId) return undefined;
    }
    return { ...call, inputs };
  }

  // The methods that tfjs calls.

  readSync(dataId) {
    const entry = this.#entries.get(dataId);
    entry.values ??= valuesOf(entry);
    return entry.values.slice(); // the caller may change them
  }

  async read(dataId) {
    return this.readSync(dataId);
  }

  refCount(dataId) {
    return this.#entries.get(dataId).refCount;
  }

  /** Returns whether the data are released. */
  disposeData(dataId, isForced = false) {
    const entry = this.#entries.get(dataId);
    if (--entry.refCount > 0 && !isForced) return false;
    this.#entries.delete(dataId);
    for (const tensor of Object.values(entry.inputs)) tensor.dispose();
    return true;
  }
}

/** Computes the values of a deferred tensor. */
function valuesOf({ backend, run }) {
  const result = run();
  try {
    return backend.readSync(result.dataId);
  } finally {
    backend.disposeData(result.dataId);
  }
}

const deferredOf = new WeakMap();

/** Returns the deferred tensors of this copy of tfjs. @returns {DeferredTensors} */
export function deferredTensors(tf) {
  const engine = tf.engine();
  if (!deferredOf.has(engine)) deferredOf.set(engine, new DeferredTensors(tf));
  return deferredOf.get(engine);
}

/** Returns a tensor with the same data. It is not on the tape. */
export function share(engine, { dataId, shape, dtype }) {
  engine.backend.incRef(dataId);
  return engine.makeTensorFromTensorInfo({ dataId, shape, dtype });
}
