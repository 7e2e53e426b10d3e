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
  #functionName;

  /** @param {any} native its functions: cpp/bindings/call.h */
  constructor(module, native) {
    this.#module = module;
    this.#native = native;
    /** The one block of the module: whoever writes into it makes its call before anybody else can. */
    this.block = new ArgumentBlock(module, native.argumentBlock());
  }

  /** @returns {ArgumentBlock} for the arguments of a function that a user has called; its name is told when it is another than before */
  begin(functionName) {
    if (functionName !== this.#functionName) {
      this.block.begin().name(functionName);
      this.#native.setFunction();
      this.#functionName = functionName;
    }
    return this.block.begin();
  }

  /** Checks what has been written. @returns {{ shape: number[], size: number }} the result's shape and number of elements, until the next call */
  check(check) {
    if (!this.#native[check]()) throw this.lastError();
    return this.block;
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
}
