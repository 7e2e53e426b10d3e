import { areEqual } from './are-equal.js';
import { Value } from './graph.js';
import { mapOperands, recordCall, RepeatedComputation } from './recorded-call.js';
import { Registers } from './registers.js';

/** One for full batches, and one for a smaller last batch. */
const MAX_RECORDINGS = 2;

/**
 * One training step of a plan on the current backend, without the engine of tfjs: no tape, no scopes, no tensors between the kernels. The step
 * frees a value after the last call that reads it, and a gradient after the call that reads it.
 *
 * The first step of a plan records its instructions: kernel calls, and what is shared, freed and written. Later steps with the same shapes and
 * kernels only run these instructions: docs/performance.md contains the measurements. A plan keeps the recordings of two shapes, because the
 * last batch of an epoch is often smaller.
 *
 * @typedef {import('./recorded-call.js').Instruction} Instruction
 *
 * @typedef {object} Recording what a plan keeps of a step
 * @property {any} backend
 * @property {Function[]} kernelFuncs of the kernels of the plan
 * @property {string} shapes of the inputs, as text
 * @property {Set<import('./recorded-call.js').Operand>} tensors the registers whose infos must be tensors of the backend
 * @property {Pass} [forward]
 * @property {Pass} [backward]
 *
 * @typedef {object} Pass
 * @property {boolean[]} given which infos the caller passed
 * @property {Instruction[]} instructions
 * @property {number[]} outputs the registers of the outputs
 * @property {Map<any, number>} gradients the registers of the gradients, by operand
 * @property {number} end the first register that is not used yet
 * @property {number[]} readers for each slot, how often the value is read later
 */
export class Step {
  #tf;
  #plan;
  #backend;
  #registers;
  /** @type {any} the Recording that the step repeats or completes */
  #recording;
  /** How often values are still read, by slot, while a pass is recorded. */
  #readers = [];
  /** The first register that is not used yet. */
  #end = 0;
  /** The registers of gradients, by operand. */
  #gradients = new Map();
  /** The operands of infos, while a pass is recorded. */
  #operands = new Map();
  /** @type {Instruction[]} */
  #instructions = [];

  /**
   * @param {any} tf
   * @param {import('./plan.js').Plan} plan
   */
  constructor(tf, plan) {
    this.#tf = tf;
    this.#plan = plan;
    this.#backend = tf.backend();
    this.#registers = new Registers(tf, this.#backend);
  }

  /** Computes the outputs of the model for its inputs, and changes the moving averages. Returns the outputs, which the caller owns. */
  forward(inputs) {
    this.#recording = this.#recordingFor(inputs);
    const { outputs } = this.#pass('forward', inputs, () => this.#recordForward());
    return outputs.map((register) => this.#registers.take(register));
  }

  /**
   * Computes the gradients of the trained weights from those of the outputs, and adds gradients of weights. Some of both may be null.
   *
   * @param {any[]} dys
   * @param {Map<import('./graph.js').Operand, any>} added
   */
  backward(dys, added) {
    const given = [...dys, ...added.values()];
    const { gradients } = this.#pass('backward', given, () => this.#recordBackward([...added.keys()]));
    this.#gradients = gradients;
  }

  /** Returns the gradient of a trained weight, or undefined if the loss does not depend on it. The step frees it. */
  gradientOf(weight) {
    return this.#registers.read(this.#gradients.get(weight));
  }

  /** Returns another reference to the data of a tensor. */
  share(info) {
    return this.#registers.share(info);
  }

  /** Frees all values and gradients of the step. */
  free() {
    this.#registers.free();
  }

  /** Returns the recording of the plan, a new one if it does not fit. @returns {Recording} */
  #recordingFor(inputs) {
    const kernelFuncs = this.#plan.kernels.map((name) => this.#kernelFunc(name));
    const shapes = inputs.map(({ shape }) => `[${shape}]`).join();
    const valid = this.#plan.recordings.filter(
      (each) => each.backend === this.#backend && areEqual(each.kernelFuncs, kernelFuncs),
    );
    const recording = valid.find((each) => each.shapes === shapes) ?? {
      backend: this.#backend,
      kernelFuncs,
      shapes,
      tensors: new Set(),
    };
    this.#plan.recordings = [recording, ...valid.filter((each) => each !== recording)].slice(0, MAX_RECORDINGS);
    return recording;
  }

  /**
   * Runs a pass as recorded, or records it. Returns the recorded pass.
   *
   * @param {'forward' | 'backward'} name
   * @param {any[]} infos the infos that the caller passes
   * @param {() => number[]} record returns the registers of the outputs
   * @returns {Pass}
   */
  #pass(name, infos, record) {
    const recorded = this.#recording[name];
    const given = infos.map(Boolean);
    this.#registers.given = infos;
    if (recorded && areEqual(recorded.given, given)) {
      for (const instruction of recorded.instructions) {
        instruction.run(this.#registers);
        for (const register of instruction.frees) this.#registers.dispose(register);
      }
      return recorded;
    }
    // The forward pass may have been repeated.
    this.#registers.makeTensors();
    const before = this.#recording.forward ?? { end: this.#plan.graph.slots, readers: this.#plan.readers };
    this.#end = before.end;
    this.#readers = [...before.readers];
    this.#instructions = [];
    const outputs = record();
    const [instructions, gradients, end, readers] = [this.#instructions, this.#gradients, this.#end, this.#readers];
    const pass = { given, instructions, outputs, gradients, end, readers };
    this.#recording[name] = pass;
    return pass;
  }

  #recordForward() {
    const { graph, forward } = this.#plan;
    graph.inputs.forEach((value, i) => {
      this.#shareGiven(i, value.slot);
      this.#freeUnread(value);
    });
    for (const { call, reads } of forward) {
      const infos = mapOperands(call.inputs, (operand) => this.#infoOf(operand));
      this.#compute(call.kernel, infos, attrsOf(call, infos), call.results[0].slot);
      call.results.forEach((value) => this.#freeUnread(value));
      for (const { weight, value } of call.writes) this.#write(weight, value);
      this.#countReads(reads);
    }
    const outputs = graph.outputs.map(({ slot }) => this.#shared(slot));
    this.#countReads(graph.outputs);
    return outputs;
  }

  /** @param {import('./graph.js').Operand[]} addedTo the weights of the added gradients */
  #recordBackward(addedTo) {
    const { graph, backward } = this.#plan;
    graph.outputs.forEach((value, i) => this.#addGiven(value, i));
    for (const each of backward) {
      const [result] = each.call.results;
      const dy = this.#gradients.get(result);
      if (dy !== undefined) this.#differentiate(each, dy);
      this.#countReads(each.reads);
      if (dy !== undefined) this.#dispose(dy);
      this.#gradients.delete(result);
    }
    addedTo.forEach((weight, i) => this.#addGiven(weight, graph.outputs.length + i));
    this.#requireTensors(...this.#gradients.values()); // the optimizer reads them
    for (const instruction of [...this.#recording.forward.instructions, ...this.#instructions]) {
      if (instruction instanceof RepeatedComputation) instruction.useMemory(this.#recording.tensors);
    }
    return [];
  }

  /** Adds the gradients of the inputs of a call. @param {import('./plan.js').BackwardCall} backwardCall */
  #differentiate({ call, gradient: { gradient }, saved, differentiated }, dy) {
    const infos = mapOperands(call.inputs, (operand) => this.#infoOf(operand));
    const savedInfos = saved.map((operand) => this.#infoOf(operand));
    const computed = new Set();
    const run = (name, inputs, attrs) => {
      const registers = this.#compute(name, inputs, attrs);
      for (const register of registers) computed.add(register);
      const results = registers.map((register) => this.#registers.infos[register]);
      return results.length === 1 ? results[0] : results;
    };
    const gradients = gradient(run, this.#infoIn(dy), savedInfos, attrsOf(call, infos), false, infos);
    for (const [name, operand] of differentiated) {
      const register = this.#operands.get(gradients[name]());
      this.#addGradient(operand, computed.delete(register) ? register : this.#shared(register));
    }
    for (const register of computed) this.#dispose(register);
  }

  /** Adds a gradient of the caller, unless it is missing. */
  #addGiven(operand, i) {
    if (this.#registers.given[i]) this.#addGradient(operand, this.#shareGiven(i, this.#end++));
  }

  /** Adds a gradient, a register of its own, to the gradient of an operand. */
  #addGradient(operand, register) {
    const before = this.#gradients.get(operand);
    this.#gradients.set(operand, register);
    if (before === undefined) return;
    const [sum] = this.#compute('Add', { a: this.#infoIn(before), b: this.#infoIn(register) }, {});
    this.#dispose(before);
    this.#dispose(register);
    this.#gradients.set(operand, sum);
  }

  /** Runs and records an instruction. @param {Instruction['run']} run */
  #run(run) {
    run(this.#registers);
    this.#instructions.push({ run, frees: [] });
  }

  /** Runs a kernel or a function, and records the call. Returns the registers of the results, of which `first` is the first. */
  #compute(kernel, inputs, attrs, first = this.#end) {
    const operands = mapOperands(inputs, (info) => this.#operands.get(info));
    const call = { inputs, attrs, backend: this.#backend };
    const { results, instruction } = recordCall(this.#kernelFunc(kernel), call, operands, first);
    this.#instructions.push(instruction);
    if (!(instruction instanceof RepeatedComputation)) this.#requireTensors(...Object.values(operands));
    this.#end = Math.max(this.#end, first + results.length);
    return results.map((info, i) => {
      this.#registers.put(first + i, info);
      this.#operands.set(info, first + i);
      return first + i;
    });
  }

  #kernelFunc(kernel) {
    if (typeof kernel === 'string') return this.#tf.getKernel(kernel, 'wasm').kernelFunc;
    return ({ inputs }) => {
      const tensor = this.#tf.tidy(() => kernel(inputs));
      const result = this.share(tensor);
      tensor.dispose();
      return result;
    };
  }

  #requireTensors(...registers) {
    for (const register of registers) this.#recording.tensors.add(register);
  }

  /** Returns the info of an operand of the graph. */
  #infoOf(operand) {
    return operand && this.#infoIn(operand instanceof Value ? operand.slot : operand);
  }

  /** Returns the info of a register or a weight, and remembers whose it is. */
  #infoIn(operand) {
    const info = this.#registers.read(operand);
    this.#operands.set(info, operand);
    return info;
  }

  /** Puts another reference to an info of the caller into a register, and returns the register. */
  #shareGiven(i, register) {
    this.#run((registers) => registers.put(register, registers.share(registers.given[i])));
    return register;
  }

  /** Returns the register of another reference to the data of a register. */
  #shared(from) {
    const to = this.#end++;
    this.#requireTensors(from);
    this.#run((registers) => registers.put(to, registers.share(registers.read(from))));
    return to;
  }

  #write(weight, value) {
    this.#requireTensors(value.slot);
    this.#run(({ infos }) => weight.write(infos[value.slot])); // it reads data, shape and type only, so a tensor is not necessary
    this.#countReads([value]);
  }

  /** Frees the info of a register now, and in later steps after the instruction that was recorded last. */
  #dispose(register) {
    this.#registers.dispose(register);
    this.#instructions.at(-1)?.frees.push(register);
  }

  /** Frees the values that are now read for the last time. @param {Value[]} values */
  #countReads(values) {
    for (const { slot } of values) if (--this.#readers[slot] === 0) this.#dispose(slot);
  }

  #freeUnread({ slot }) {
    if (this.#readers[slot] === 0) this.#dispose(slot);
  }
}

function attrsOf({ attrs }, inputs) {
  return typeof attrs === 'function' ? attrs(inputs) : attrs;
}
