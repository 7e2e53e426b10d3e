import { Value } from './graph.js';

/**
 * One training step of a plan on the current backend, without the engine of tfjs: no tape, no scopes, no tensors between the kernels. The step
 * frees a value after the last call that reads it, and a gradient after the call that reads it.
 *
 * Values and gradients are TensorInfos { dataId, shape, dtype }. The backend counts the references to their data. A step owns one reference
 * for each value and each gradient; the caller owns one for each result of `forward`.
 */
export class Step {
  #tf;
  #backend;
  #backendName;
  #plan;
  #kernelFuncs = new Map(); // by name
  #readers;
  /** By slot. An info stays here after its data are freed, because gradients need the shapes. */
  #values = [];
  #live = new Set(); // slots
  #gradients = new Map(); // by operand

  /**
   * @param {any} tf
   * @param {import('./plan.js').Plan} plan
   */
  constructor(tf, plan) {
    this.#tf = tf;
    this.#backend = tf.backend();
    this.#backendName = tf.getBackend();
    this.#plan = plan;
    this.#readers = [...plan.readers];
  }

  /** Computes the outputs of the model for its inputs, and changes the moving averages. Returns the outputs. */
  forward(inputs) {
    const { graph, forward } = this.#plan;
    graph.inputs.forEach((value, i) => this.#put(value, this.share(inputs[i])));
    for (const { call, reads } of forward) {
      const infos = this.#infosOf(call.inputs);
      const results = this.#compute(call.kernel, infos, attrsOf(call, infos));
      call.results.forEach((value, i) => this.#put(value, results[i]));
      for (const { weight, value } of call.writes) this.#write(weight, value);
      this.#countReads(reads);
    }
    const outputs = graph.outputs.map((value) => this.share(this.#infoOf(value)));
    this.#countReads(graph.outputs);
    return outputs;
  }

  /**
   * Computes the gradients of the trained weights from those of the outputs, and adds gradients of weights. Some of both may be null.
   *
   * @param {any[]} dys
   * @param {Map<import('./graph.js').Operand, any>} added
   */
  backward(dys, added) {
    const { graph, backward } = this.#plan;
    graph.outputs.forEach((value, i) => dys[i] && this.#addGradient(value, this.share(dys[i])));
    for (const each of backward) {
      const [result] = each.call.results;
      const dy = this.#gradients.get(result);
      if (dy) this.#differentiate(each, dy);
      this.#countReads(each.reads);
      if (dy) this.#dispose(dy);
      this.#gradients.delete(result);
    }
    for (const [weight, gradient] of added) if (gradient) this.#addGradient(weight, this.share(gradient));
  }

  /** Returns the gradient of a trained weight, or undefined if the loss does not depend on it. The step frees it. */
  gradientOf(weight) {
    return this.#gradients.get(weight);
  }

  /** Returns another reference to the data of a tensor. */
  share({ dataId, shape, dtype }) {
    this.#backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Frees all values and gradients of the step. */
  free() {
    for (const slot of this.#live) this.#dispose(this.#values[slot]);
    for (const gradient of this.#gradients.values()) this.#dispose(gradient);
    this.#live.clear();
    this.#gradients.clear();
  }

  /** Adds the gradients of the inputs of a call. @param {import('./plan.js').BackwardCall} backwardCall */
  #differentiate({ call, gradient: { gradient }, saved, differentiated }, dy) {
    const infos = this.#infosOf(call.inputs);
    const savedInfos = saved.map((operand) => this.#infoOf(operand));
    const computed = new Set();
    const run = (name, inputs, attrs) => {
      const results = this.#compute(name, inputs, attrs);
      for (const result of results) computed.add(result);
      return results.length === 1 ? results[0] : results;
    };
    try {
      const gradients = gradient(run, dy, savedInfos, attrsOf(call, infos), false, infos);
      for (const [name, operand] of differentiated) {
        const dx = gradients[name]();
        this.#addGradient(operand, computed.delete(dx) ? dx : this.share(dx));
      }
    } finally {
      for (const info of computed) this.#dispose(info);
    }
  }

  /** Adds a gradient, of which the step becomes the owner, to the gradient of an operand. */
  #addGradient(operand, gradient) {
    const before = this.#gradients.get(operand);
    if (!before) {
      this.#gradients.set(operand, gradient);
      return;
    }
    try {
      const [sum] = this.#compute('Add', { a: before, b: gradient }, {});
      this.#dispose(before);
      this.#gradients.set(operand, sum);
    } finally {
      this.#dispose(gradient);
    }
  }

  /** Returns the results of a kernel or a function. */
  #compute(kernel, inputs, attrs) {
    if (typeof kernel === 'string') {
      const results = this.#kernelFunc(kernel)({ inputs, attrs, backend: this.#backend });
      return Array.isArray(results) ? results : [results];
    }
    const tensor = this.#tf.tidy(() => kernel(inputs));
    const result = this.share(tensor);
    tensor.dispose();
    return [result];
  }

  #kernelFunc(name) {
    let kernelFunc = this.#kernelFuncs.get(name);
    if (!kernelFunc) {
      ({ kernelFunc } = this.#tf.getKernel(name, this.#backendName));
      this.#kernelFuncs.set(name, kernelFunc);
    }
    return kernelFunc;
  }

  #infoOf(operand) {
    return operand instanceof Value ? this.#values[operand.slot] : operand?.read();
  }

  #infosOf(operands) {
    if (Array.isArray(operands)) return operands.map((operand) => this.#infoOf(operand));
    const infos = {};
    for (const name of Object.keys(operands)) infos[name] = this.#infoOf(operands[name]);
    return infos;
  }

  #put({ slot }, info) {
    this.#values[slot] = info;
    this.#live.add(slot);
    if (this.#readers[slot] === 0) this.#free(slot);
  }

  /** Frees the values that are now read for the last time. @param {Value[]} values */
  #countReads(values) {
    for (const { slot } of values) if (--this.#readers[slot] === 0) this.#free(slot);
  }

  #free(slot) {
    this.#live.delete(slot);
    this.#dispose(this.#values[slot]);
  }

  #write(weight, value) {
    weight.write(this.#infoOf(value)); // it reads data, shape and type only, so a tensor is not necessary
    this.#countReads([value]);
  }

  #dispose({ dataId }) {
    // If tfjs has disposed its tensor before, this is the last reference, also for the counts of tfjs.
    if (this.#backend.disposeData(dataId)) this.#tf.engine().removeDataId(dataId, this.#backend);
  }
}

function attrsOf({ attrs }, inputs) {
  return typeof attrs === 'function' ? attrs(inputs) : attrs;
}
