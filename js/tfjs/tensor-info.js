import { kindError } from '../kinds.js';

/** What the ops of tfjs check before they call a kernel, for those who call kernels by themselves. */

/** In tfjs's own words. */
export function requireDtype(functionName, argument, { dtype }, required) {
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
