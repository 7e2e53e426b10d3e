import { outOfMemory } from '../../arguments.js';
import { areEqual } from './are-equal.js';
import { Memory } from './registers.js';

/**
 * Kernel calls of a training step, which later steps repeat with other data of the same shapes.
 *
 * @typedef {number | { read(): any }} Operand a register, or a weight
 *
 * @typedef {object} Instruction a part of a step
 * @property {(registers: import('./registers.js').Registers) => void} run
 * @property {number[]} frees the registers that are disposed afterwards
 */

/**
 * Runs a kernel, and returns its results and the instruction that repeats the call.
 *
 * @param {(call: any) => any} kernelFunc
 * @param {any} call { inputs, attrs, backend }
 * @param {Record<string, Operand> | Operand[]} operands of the inputs
 * @param {number} first the register of the first result; others follow
 * @returns {{ results: any[], instruction: Instruction }}
 */
export function recordCall(kernelFunc, call, operands, first) {
  const all = [];
  /** A kernel of this package calls this function, which calls the kernel with an observer. */
  const observe = (ops, kernelFunc) => {
    ops.observer = (computation, operands, results, module) => all.push({ computation, operands, results, module });
    try {
      return kernelFunc(call);
    } finally {
      ops.observer = undefined;
    }
  };
  const results = listOf(kernelFunc({ ...call, observe }));
  const [observed] = all;
  const isWhole = all.length === 1 && areEqual(observed.results, results);
  const names = isWhole ? observed.operands.map((info) => info && nameOf(call.inputs, info)) : [];
  const isRepeatable = isWhole && names.every((name, i) => name || !observed.operands[i]);
  const instruction = isRepeatable
    ? new RepeatedComputation(
        observed,
        names.map((name) => operands[name]),
        first,
      )
    : new RepeatedCall(kernelFunc, call, operands, first);
  return { results, instruction };
}

/** Returns the name of the only input with the data of an operand, or undefined. */
function nameOf(inputs, { dataId }) {
  const names = Object.keys(inputs).filter((name) => inputs[name]?.dataId === dataId);
  return names.length === 1 ? names[0] : undefined;
}

/**
 * Repeats the only computation of a kernel of this package. It calls no other function of the kernel, so it reads and checks no arguments.
 *
 * The data of the kernels replace the JavaScript and its data in the caches, so most of the time is that of reading fields and objects: the code
 * reads few of them, and creates no closures.
 *
 * @implements {Instruction}
 */
export class RepeatedComputation {
  /** Which results may be Memory. @type {boolean[]} */
  isMemory = [];
  /** @type {number[]} */
  frees = [];
  #computation;
  #module;
  #operands;
  #block;
  #copyOfBlock;

  constructor({ computation, module }, operands, first) {
    this.first = first;
    this.#computation = computation;
    this.#module = module;
    this.#operands = operands;
    this.#block = computation.block;
    this.#copyOfBlock = computation.block?.numbers.slice();
  }

  /** Uses Memory for each result whose register is not in `tensors`. @param {Set<any>} tensors */
  useMemory(tensors) {
    const { shapes } = this.#computation;
    this.isMemory = shapes.map((shape, i) => !tensors.has(this.first + i) && !shape.includes(0));
  }

  run(registers) {
    const { functionName, shapes, run } = this.#computation;
    const { heap, native, memory } = this.#module;
    if (this.#block) this.#block.numbers.set(this.#copyOfBlock);
    /** @type {number[][]} */
    const [addresses, results] = [[], []];
    for (const operand of this.#operands) {
      addresses.push(operand === undefined ? 0 : addressOf(heap, registers.read(operand)));
    }
    for (let i = 0; i < shapes.length; ++i) {
      const info = this.isMemory[i]
        ? new Memory(this.#module, functionName, shapes[i])
        : heap.allocate(functionName, shapes[i]);
      registers.put(this.first + i, info);
      results.push(addressOf(heap, info));
    }
    const bytesWanted = run(native, addresses, results, memory);
    if (bytesWanted > 0) throw outOfMemory(functionName, bytesWanted);
  }
}

function addressOf(heap, info) {
  return info.address ?? heap.addressOf(info);
}

/** Calls a kernel again. @implements {Instruction} */
class RepeatedCall {
  /** @type {number[]} */
  frees = [];
  #kernelFunc;
  #call;
  #operands;
  #first;

  constructor(kernelFunc, { attrs, backend }, operands, first) {
    this.#kernelFunc = kernelFunc;
    this.#call = { attrs, backend };
    this.#operands = operands;
    this.#first = first;
  }

  run(registers) {
    const inputs = mapOperands(this.#operands, (operand) => registers.read(operand));
    const results = listOf(this.#kernelFunc({ ...this.#call, inputs }));
    results.forEach((result, i) => registers.put(this.#first + i, result));
  }
}

/** Returns a list or an object like `operands`, with other values. */
export function mapOperands(operands, valueOf) {
  if (Array.isArray(operands)) return operands.map(valueOf);
  return Object.fromEntries(Object.entries(operands).map(([name, operand]) => [name, valueOf(operand)]));
}

function listOf(results) {
  return Array.isArray(results) ? results : [results];
}
