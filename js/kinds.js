/**
 * Of what kind a JavaScript value is: a number, a list of numbers, a name, float data. Whether the numbers are allowed is for
 * cpp/geometry to say.
 */

/** A short form of a value for the text of an error, however long the value is and whatever its getters do. */
export function describe(value) {
  try {
    return cut(described(value, 0), 300);
  } catch {
    return 'something that cannot be read'; // what it throws must not hide the error that it is described for
  }
}

function described(value, depth) {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return Number.isFinite(Number(value)) ? `${cut(String(value))}n` : 'a BigInt';
  if (value === null || typeof value !== 'object') return cut(String(value));
  const length = lengthOfList(value);
  if (length === undefined) return withArticle(cut(String(value.constructor?.name || 'Object')));
  if (length > 8) return `an array of ${length}`;
  return depth < 4 ? `[${Array.from({ length }, (_, i) => described(value[i], depth + 1))}]` : '…';
}

function cut(text, most = 40) {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function withArticle(className) {
  if (className === 'Object') return 'an object';
  return `${/^[AEIO]/.test(className) ? 'an' : 'a'} ${className}`;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

/**
 * The length of a Float32Array, or undefined for anything else. Asks the getters that all typed arrays share: they know arrays of
 * another realm too, and no subclass or proxy fools them.
 */
export function float32Length(value) {
  if (Reflect.get(typedArray, Symbol.toStringTag, value) !== 'Float32Array') return undefined;
  return Reflect.get(typedArray, 'length', value);
}

/** Where the data of a typed array begin in a buffer, in bytes; undefined where they are in another. Asks the same getters. */
export function placeIn(buffer, value) {
  return Reflect.get(typedArray, 'buffer', value) === buffer ? Reflect.get(typedArray, 'byteOffset', value) : undefined;
}

export function kindError(functionName, argument, allowed, value) {
  return new TypeError(`Error in ${functionName}: ${argument} must be ${allowed}, got ${describe(value)}`);
}

/** No list that can be right is nearly so long; one of four thousand million holes would take minutes to copy. */
const MOST_ENTRIES = 1e6;

/** How long an array is; undefined for anything else. To be asked once: the next time a proxy may say something else. */
export function lengthOfList(value) {
  const length = Array.isArray(value) ? value.length : undefined;
  return typeof length === 'number' ? length : undefined;
}

/** A copy of a list of numbers, so that what has been checked cannot change; undefined for anything else. */
function numberListOf(value) {
  return copyOfList(value, (entry) => (typeof entry === 'number' ? entry : undefined));
}

function copyOfList(value, copyEntry) {
  const length = lengthOfList(value);
  if (length === undefined || length > MOST_ENTRIES) return undefined;
  const copy = [];
  // A loop, because Array.from takes a tenth of a small call.
  for (let i = 0; i < length; ++i) {
    const entry = copyEntry(value[i]);
    if (entry === undefined) return undefined;
    copy.push(entry);
  }
  return copy;
}

/** @returns {number[]} */
export function shapeOf(functionName, argument, value) {
  const shape = numberListOf(value);
  if (!shape) throw kindError(functionName, argument, 'an array of numbers', value);
  return shape;
}

/** A shape in which null stands for a size that is not known; here −1 does. @returns {number[]} */
export function partialShapeOf(functionName, argument, value) {
  const shape = copyOfList(value, (size) => (size === null ? -1 : typeof size === 'number' ? size : undefined));
  if (!shape) throw kindError(functionName, argument, 'an array of numbers and nulls', value);
  return shape;
}

/** One number for both axes, or one for each axis. @returns {number[]} */
export function stepsOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value === 'number') return [value];
  const steps = numberListOf(value);
  if (steps) return steps;
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

/** A name, a number or a list of lists of numbers. @returns {string | number | number[][]} */
export function padOf(functionName, value) {
  if (typeof value === 'string' || typeof value === 'number') return value;
  const pairs = copyOfList(value, numberListOf);
  if (pairs) return pairs;
  throw kindError(functionName, 'pad', "'same', 'valid', a number or one pair of numbers for each dimension", value);
}
