/**
 * Of what kind a JavaScript value is: a number, a list of numbers, a name, float data. Whether the numbers are allowed is for
 * cpp/geometry to say.
 */

/** A short form of a value for the text of an error. */
export function describe(value, depth = 0) {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (value === null || typeof value !== 'object') return String(value);
  if (!Array.isArray(value)) return withArticle(value.constructor?.name || 'Object');
  if (value.length > 8) return `an array of ${value.length}`;
  return depth < 4 ? `[${Array.from(value, (entry) => describe(entry, depth + 1))}]` : '…';
}

function withArticle(className) {
  if (className === 'Object') return 'an object';
  return `${/^[AEIO]/.test(className) ? 'an' : 'a'} ${className}`;
}

export function kindError(functionName, argument, allowed, value) {
  return new TypeError(`Error in ${functionName}: ${argument} must be ${allowed}, got ${describe(value)}`);
}

function isNumberList(value) {
  return isListOf(value, (entry) => typeof entry === 'number');
}

function isListOf(value, isRight) {
  return Array.isArray(value) && value.findIndex((entry) => !isRight(entry)) === -1; // `every` would skip holes
}

/** @returns {number[]} */
export function shapeOf(functionName, argument, value) {
  if (!isNumberList(value)) throw kindError(functionName, argument, 'an array of numbers', value);
  return value;
}

/** One number for both axes, or one for each axis. @returns {number[]} */
export function stepsOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value === 'number') return [value];
  if (isNumberList(value)) return value;
  throw kindError(functionName, argument, 'a number or two numbers [height, width]', value);
}

/** @returns {string} */
export function nameOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value !== 'string') throw kindError(functionName, argument, 'a string', value);
  return value;
}

/** @returns {number} */
export function numberOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value !== 'number') throw kindError(functionName, argument, 'a number', value);
  return value;
}

export function checkPadKind(functionName, value) {
  if (typeof value === 'string' || typeof value === 'number') return;
  if (isListOf(value, isNumberList)) return;
  throw kindError(functionName, 'pad', "'same', 'valid', a number or one pair of numbers for each dimension", value);
}
