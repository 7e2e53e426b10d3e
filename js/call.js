import { ArgumentBlock } from './argument-block.js';

/**
 * A call into the module: first the arguments and the check, which throws or answers with the shape of the result, then the kernel.
 * Nothing may be called between the two.
 */
export class Call {
  #module;
  #native;
  #block;

  constructor(module) {
    this.#module = module;
    this.#native = new module.Call();
    this.#block = new ArgumentBlock(module, this.#native.argumentBlock());
  }

  /** @returns {ArgumentBlock} the block, for the arguments that follow the function's name */
  begin(functionName) {
    return this.#block.begin().name(functionName);
  }

  /** Checks a shape and the length of the data beside it. */
  checkTensor() {
    this.#check('checkTensor');
  }

  /** @returns {{ shape: number[], size: number }} the kernel's result, and its number of elements */
  checkKernel(check) {
    this.#check(check);
    return { shape: this.#block.shape(), size: this.#block.size() };
  }

  run(functionName, kernel, ...addresses) {
    const bytesWanted = this.#native[kernel](...addresses);
    if (bytesWanted > 0) throw outOfMemory(functionName, bytesWanted);
  }

  #check(check) {
    if (this.#native[check]()) return;
    const ErrorType = this.#native.errorIsOfType() ? TypeError : RangeError;
    const bytes = [this.#native.errorText(), this.#native.errorTextLength()];
    throw new ErrorType(new TextDecoder().decode(new Uint8Array(this.#module.HEAPF32.buffer, ...bytes)));
  }
}

export function outOfMemory(functionName, bytes) {
  return new RangeError(`Error in ${functionName}: out of memory, ${bytes} bytes were wanted`);
}
