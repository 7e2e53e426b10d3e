import { readText } from './heap-text.js';

/** The error that an object of the module has left when one of its functions has answered false. */
export function errorOf(module, native) {
  const ErrorType = native.errorIsOfType() ? TypeError : RangeError;
  return new ErrorType(readText(module, native.errorText() >>> 0, native.errorTextLength()));
}

export function outOfMemory(functionName, bytes) {
  const wanted = bytes === undefined ? '' : `, ${bytes} bytes were wanted`;
  return new RangeError(`Error in ${functionName}: out of memory${wanted}`);
}
