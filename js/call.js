import { ArgumentBlock } from './argument-block.js';
import { errorOf, outOfMemory } from './errors.js';

/**
 * A call into the module: first the arguments and the check, which throws or answers with the shape of the result, then the kernel.
 * Nothing may be called between the two.
 */
export class Call {
  #module;
  #native;

  /** @param {any} native its functions: cpp/bindings/call.h */
  constructor(module, native) {
    this.#module = module;
    this.#native = native;
    /** The one block of the module: whoever writes into it makes its call before anybody else can. */
    this.block = new ArgumentBlock(module, native.argumentBlock());
  }

  /** @returns {ArgumentBlock} the block, for the arguments that follow the function's name */
  begin(functionName) {
    return this.block.begin().name(functionName);
  }

  /** Checks a shape and the length of the data beside it. */
  checkTensor() {
    this.#check('checkTensor');
  }

  /** @returns {{ shape: number[], size: number }} the kernel's result, and its number of elements */
  checkKernel(check) {
    this.#check(check);
    return this.block.answer();
  }

  run(functionName, kernel, ...addresses) {
    const bytesWanted = this.#native[kernel](...addresses);
    if (bytesWanted > 0) throw outOfMemory(functionName, bytesWanted);
  }

  #check(check) {
    if (!this.#native[check]()) throw errorOf(this.#module, this.#native);
  }
}
