import { kindError } from '../kinds.js';

/** What the ops of tfjs check before they call a kernel, for those who call kernels by themselves. */

/** That there is a tensor, that it lives, and that it is of a type; of that in tfjs's own words. */
export function requireTensor(functionName, argument, info, required) {
  if (info === null || typeof info !== 'object') throw kindError(functionName, argument, 'a tensor', info);
  if (info.isDisposed) {
    throw new TypeError(`Error in ${functionName}: ${argument} must be a live tensor, got one that is disposed`);
  }
  const { dtype } = info;
  if (dtype === required) return;
  throw new TypeError(
    `Argument '${argument}' passed to '${functionName}' must be ${required} tensor, but got ${dtype} tensor`,
  );
}

export function requireShape(functionName, argument, { shape }, required) {
  if (shape.length === required.length && shape.every((size, i) => size === required[i])) return;
  throw new RangeError(`Error in ${functionName}: ${argument} must have shape [${required}], got [${shape}]`);
}

/** For kernels that have no other layout. */
export function requireNhwc(functionName, { dataFormat }) {
  if (dataFormat === 'NCHW') throw kindError(functionName, 'dataFormat', "'NHWC'", dataFormat);
}
