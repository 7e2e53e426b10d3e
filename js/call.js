import { ArgumentBlock } from './argument-block.js';
import { outOfMemory } from './errors.js';
import { readText } from './heap-text.js';

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

  /** The error that a function of the module has left that has answered false. To be asked for before anything else is called. */
  lastError() {
    const native = this.#native;
    const ErrorType = native.errorIsOfType() ? TypeError : RangeError;
    return new ErrorType(readText(this.#module, native.errorText() >>> 0, native.errorTextLength()));
  }

  #check(check) {
    if (!this.#native[check]()) throw this.lastError();
  }
}
