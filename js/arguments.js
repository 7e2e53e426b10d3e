/**
 * Reads the arguments of a call: which kind of value each one is, and the spellings of tfjs and Keras. Ranges are checked in C++
 * (cpp/geometry.cpp); js/messages.js composes the messages of those checks.
 */

/** Returns a short form of any value for the text of an error. It does not throw, even if a getter of the value throws. */
export function describe(value) {
  try {
    return cut(described(value, 0), 300);
  } catch {
    return 'something that cannot be read'; // an error in a getter must not hide the error that describe() is called for
  }
}

const MAX_DESCRIBED_ENTRIES = 8;

function described(value, depth) {
  if (typeof value === 'string') return `'${cut(value)}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return Number.isFinite(Number(value)) ? `${cut(String(value))}n` : 'a BigInt';
  if (value === null || typeof value !== 'object') return cut(String(value));
  const length = lengthOfList(value);
  if (length === undefined) return withArticle(cut(String(value.constructor?.name || 'Object')));
  if (length > MAX_DESCRIBED_ENTRIES) return `an array of ${length}`;
  return depth < 4 ? `[${Array.from({ length }, (_, i) => described(value[i], depth + 1))}]` : '…';
}

function cut(text, max = 40) {
  return text.length > max ? `${text.slice(0, max)}…` : text;
}

function withArticle(className) {
  if (className === 'Object') return 'an object';
  return `${/^[AEIO]/.test(className) ? 'an' : 'a'} ${className}`;
}

/** Returns the name of the class of a built-in object, of any realm: `instanceof` knows only the classes of its own realm. */
export function classOf(value) {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Returns a list of numbers as text, such as [1,2,3]. It shows at most eight numbers. */
export function listText(numbers) {
  const more = numbers.length > MAX_DESCRIBED_ENTRIES ? ',…' : '';
  return `[${numbers.slice(0, MAX_DESCRIBED_ENTRIES).map(String)}${more}]`;
}

/** Returns the TypeError for a value of a wrong kind. */
export function kindError(functionName, argument, allowed, value) {
  return new TypeError(`Error in ${functionName}: ${argument} must be ${allowed}, got ${describe(value)}`);
}

/** Returns the TypeError for a name that is not one of the allowed ones. */
export function nameError(functionName, argument, allowed, name) {
  return new TypeError(`Error in ${functionName}: ${argument} must be ${allowed}, got '${name.slice(0, 40)}'`);
}

/** Returns the RangeError for memory that could not be allocated. */
export function outOfMemory(functionName, bytes) {
  const wanted = bytes === undefined ? '' : `, ${bytes} bytes were wanted`;
  return new RangeError(`Error in ${functionName}: out of memory${wanted}`);
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype);

/**
 * Returns the length of a Float32Array, or undefined for any other value. It calls the getters that all typed arrays share, so it
 * recognizes arrays of another realm, and no subclass or proxy can deceive it.
 */
export function float32Length(value) {
  if (Reflect.get(typedArray, Symbol.toStringTag, value) !== 'Float32Array') return undefined;
  return Reflect.get(typedArray, 'length', value);
}

/** Returns the byte offset of a typed array in `buffer`, or undefined if the array is in another buffer. */
export function byteOffsetIn(buffer, value) {
  return Reflect.get(typedArray, 'buffer', value) === buffer ? Reflect.get(typedArray, 'byteOffset', value) : undefined;
}

/** The maximum length of a list. Valid lists are much shorter, and a sparse array of 2^32 entries would take minutes to copy. */
const MAX_ENTRIES = 1e6;

/** Returns the length of an array, or undefined for any other value. Call it once: a proxy may answer differently the next time. */
export function lengthOfList(value) {
  const length = Array.isArray(value) ? value.length : undefined;
  return typeof length === 'number' ? length : undefined;
}

/** Returns a copy of a list whose entries `copyEntry` accepts (undefined refuses one), or undefined. A copy cannot change after the check. */
function copyOfList(value, copyEntry) {
  const length = lengthOfList(value);
  if (length === undefined || length > MAX_ENTRIES) return undefined;
  const copy = [];
  // Not Array.from, which takes a tenth of the time of a small call.
  for (let i = 0; i < length; ++i) {
    const entry = copyEntry(value[i]);
    if (entry === undefined) return undefined;
    copy.push(entry);
  }
  return copy;
}

const numberOrUndefined = (entry) => (typeof entry === 'number' ? entry : undefined);

/** Returns a copy of a list of numbers. It does not check the range of the numbers. @returns {number[]} */
export function shapeOf(functionName, argument, value) {
  const shape = copyOfList(value, numberOrUndefined);
  if (!shape) throw kindError(functionName, argument, 'an array of numbers', value);
  return shape;
}

/** Returns a copy of a list of numbers and nulls. null is an unknown size. @returns {(number | null)[]} */
export function partialShapeOf(functionName, argument, value) {
  const shape = copyOfList(value, (size) => (size === null || typeof size === 'number' ? size : undefined));
  if (!shape) throw kindError(functionName, argument, 'an array of numbers and nulls', value);
  return shape;
}

/** Returns a list of one number for both axes, or of a number for each axis; requireSteps checks the length. @returns {number[]} */
export function stepsOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value === 'number') return [value];
  const steps = copyOfList(value, numberOrUndefined);
  if (steps) return steps;
  throw kindError(functionName, argument, 'a number or two numbers [height, width]', value);
}

/** Returns a string argument, or the default for undefined and null. @returns {string} */
export function nameOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value !== 'string') throw kindError(functionName, argument, 'a string', value);
  return value;
}

/** Returns a number argument, or the default for undefined and null. @returns {number} */
export function numberOf(functionName, argument, value, defaultValue) {
  if (value === undefined || value === null) return defaultValue;
  if (typeof value !== 'number') throw kindError(functionName, argument, 'a number', value);
  return value;
}

const PAD_KINDS = "'same', 'valid', a number or one pair of numbers for each dimension";

/** @returns {string | number | number[][]} */
function padOf(functionName, value) {
  if (typeof value === 'string' || typeof value === 'number') return value;
  const pairs = copyOfList(value, (pair) => copyOfList(pair, numberOrUndefined));
  if (pairs) return pairs;
  throw kindError(functionName, 'pad', PAD_KINDS, value);
}

// The numbers of the enumerations in cpp/include/depthwise/geometry.h and activation.h.
export const NHWC = 0;
export const NCHW = 1;
const LAYOUTS = { NHWC, channelsLast: NHWC, NCHW, channelsFirst: NCHW };
const ROUNDINGS = { floor: 0, round: 1, ceil: 2 };
const PADDING_KINDS = { valid: 0, same: 1 };
const EXPLICIT_PADDING = 2;
export const LINEAR = 0;
const FUSED_ACTIVATIONS = { linear: LINEAR, relu: 1, relu6: 2, elu: 3, leakyrelu: 4, prelu: 5, sigmoid: 6 };

const ONE_STEP = [1];
const NO_ZEROS = [0, 0, 0, 0];

/**
 * The arguments of a convolution or a pooling after reading. C++ checks their ranges.
 *
 * @typedef {object} ConvArguments
 * @property {string} functionName the function that the user called
 * @property {{ x: string, filter: string }} names how the caller names the shapes of x and the filter
 * @property {number[]} x the shape of x
 * @property {number[]} filter the shape of the filter, or the filter size of a pooling
 * @property {number[]} strides one number or two
 * @property {number[]} dilations one number or two
 * @property {string | number | number[][]} pad
 * @property {number} paddingKind as a number of C++'s enumeration
 * @property {number[]} zeros top, bottom, left, right
 * @property {number} rounding as a number of C++'s enumeration
 * @property {number} layout as a number of C++'s enumeration
 * @property {number} [activation] of a fused convolution, as a number of C++'s enumeration
 * @property {number} [leakyreluAlpha] of a fused convolution
 */

/**
 * Reads strides, dilations, pad, dataFormat and dimRoundingMode, with the defaults of tfjs. It may run code of the caller (getters,
 * proxies), so nothing of the call may be in shared memory yet.
 *
 * @returns {ConvArguments}
 */
export function readConvolution(functionName, names, x, filter, attrs) {
  const strides = stepsOf(functionName, 'strides', attrs.strides, ONE_STEP);
  const dilations = stepsOf(functionName, 'dilations', attrs.dilations, ONE_STEP);
  const dataFormat = nameOf(functionName, 'dataFormat', attrs.dataFormat, 'NHWC');
  const dimRoundingMode = nameOf(functionName, 'dimRoundingMode', attrs.dimRoundingMode, undefined);
  const pad = padOf(functionName, attrs.pad);

  const layout = layoutOf(functionName, dataFormat);
  const nhwc = layout === NHWC;
  const xDimensions = nhwc ? '[batch, height, width, inChannels]' : '[batch, inChannels, height, width]';
  requireTensor4(functionName, names.x, xDimensions, x, MIN_BATCH);
  if (names.filterDimensions) requireTensor4(functionName, names.filter, names.filterDimensions, filter, 1);
  else requireSteps(functionName, names.filter, filter);
  requireSteps(functionName, 'strides', strides);
  requireSteps(functionName, 'dilations', dilations);
  const rounding = roundingOf(functionName, dimRoundingMode, pad);
  const { paddingKind, zeros } = paddingOf(functionName, pad, nhwc);
  return { functionName, names, x, filter, strides, dilations, pad, paddingKind, zeros, rounding, layout };
}

function layoutOf(functionName, dataFormat) {
  if (Object.hasOwn(LAYOUTS, dataFormat)) return LAYOUTS[dataFormat];
  throw nameError(functionName, 'dataFormat', "'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst')", dataFormat);
}

const MIN_BATCH = 0;

function requireTensor4(functionName, name, dimensions, shape, minFirst) {
  if (shape.length !== 4) throw rankError(functionName, name, dimensions, shape);
  if (!shape.every(Number.isSafeInteger)) throw sizesError(functionName, name, dimensions, shape, minFirst);
}

function rankError(functionName, name, dimensions, shape) {
  return new RangeError(
    `Error in ${functionName}: ${name} must have 4 dimensions ${dimensions}, got ${listText(shape)}`,
  );
}

/** Returns the error for a size that is not a whole number or below its minimum. */
export function sizesError(functionName, name, dimensions, shape, minFirst) {
  const batch = minFirst === MIN_BATCH ? ' (batch: at least 0)' : '';
  return new RangeError(
    `Error in ${functionName}: ${name} must have whole sizes ${dimensions} of at least 1${batch}, got ${listText(shape)}`,
  );
}

function requireSteps(functionName, name, steps) {
  const fits = (steps.length === 1 || steps.length === 2) && steps.every(Number.isSafeInteger);
  if (!fits) throw stepsError(functionName, name, steps);
}

/** The maximum position along an axis and the maximum number of elements: kMaxAxis and kMaxElements of C++. */
export const MAX_AXIS = 2 ** 30;
export const MAX_ELEMENTS = 2 ** 30;

/** Returns the error for strides, dilations or a filter size of which a number is not a whole number in [1, MAX_AXIS]. */
export function stepsError(functionName, name, steps) {
  const got = steps.length === 1 ? String(steps[0]) : listText(steps);
  return new RangeError(
    `Error in ${functionName}: ${name} must be a whole number from 1 to ${MAX_AXIS}, or two of them [height, width], got ${got}`,
  );
}

function roundingOf(functionName, mode, pad) {
  if (mode === undefined) return ROUNDINGS.floor;
  if (typeof pad === 'string') {
    throw new TypeError(
      `Error in ${functionName}: dimRoundingMode goes with a numeric pad only, got '${mode.slice(0, 40)}' beside pad '${pad.slice(0, 40)}'`,
    );
  }
  if (Object.hasOwn(ROUNDINGS, mode)) return ROUNDINGS[mode];
  throw nameError(functionName, 'dimRoundingMode', "'floor', 'round' or 'ceil'", mode);
}

function paddingOf(functionName, pad, nhwc) {
  if (typeof pad === 'string') {
    if (!Object.hasOwn(PADDING_KINDS, pad)) throw nameError(functionName, 'pad', PAD_KINDS, pad);
    return { paddingKind: PADDING_KINDS[pad], zeros: NO_ZEROS };
  }
  if (typeof pad === 'number') {
    if (!Number.isSafeInteger(pad)) throw padError(functionName, pad, nhwc);
    return { paddingKind: EXPLICIT_PADDING, zeros: [pad, pad, pad, pad] };
  }
  const rows = nhwc ? 1 : 2;
  const isSpatial = (dimension) => dimension === rows || dimension === rows + 1;
  const fits =
    pad.length === 4 &&
    pad.every((pair, i) => pair.length === 2 && pair.every(isSpatial(i) ? Number.isSafeInteger : (n) => n === 0));
  if (!fits) throw padError(functionName, pad, nhwc);
  return { paddingKind: EXPLICIT_PADDING, zeros: [...pad[rows], ...pad[rows + 1]] };
}

/** Returns the error for a numeric pad of which a number is not a whole number in [0, MAX_AXIS]. */
export function padError(functionName, pad, nhwc) {
  if (typeof pad === 'number') {
    return new RangeError(`Error in ${functionName}: pad must be a whole number from 0 to ${MAX_AXIS}, got ${pad}`);
  }
  const form = nhwc ? '[[0,0],[top,bottom],[left,right],[0,0]]' : '[[0,0],[0,0],[top,bottom],[left,right]]';
  const got = `[${pad.slice(0, 4).map(listText)}${pad.length > 4 ? ',…' : ''}]`;
  return new RangeError(
    `Error in ${functionName}: pad must be whole numbers from 0 to ${MAX_AXIS} as ${form}, got ${got}`,
  );
}

/** Reads the activation of a fused convolution. @returns {{ activation: number, leakyreluAlpha: number }} */
export function readActivation(functionName, attrs, preluActivationWeights) {
  const name = nameOf(functionName, 'activation', attrs.activation, 'linear');
  const leakyreluAlpha = numberOf(functionName, 'leakyreluAlpha', attrs.leakyreluAlpha, 0.2);
  if (!Object.hasOwn(FUSED_ACTIVATIONS, name)) {
    throw nameError(functionName, 'activation', listOfNames(Object.keys(FUSED_ACTIVATIONS)), name);
  }
  if (!Number.isFinite(Math.fround(leakyreluAlpha))) {
    throw new RangeError(
      `Error in ${functionName}: leakyreluAlpha must be a finite float32 number, got ${leakyreluAlpha}`,
    );
  }
  if ((name === 'prelu') !== Boolean(preluActivationWeights)) {
    throw new TypeError(
      `Error in ${functionName}: preluActivationWeights must be given with activation 'prelu', and only with it, ` +
        `got ${preluActivationWeights ? 'them' : 'none'} beside '${name}'`,
    );
  }
  return { activation: FUSED_ACTIVATIONS[name], leakyreluAlpha };
}

/** Returns a list of names as text, such as "'a', 'b' or 'c'". */
export function listOfNames(names) {
  const quoted = names.map((name) => `'${name}'`);
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** Checks that a tensor has the shape that the geometry of the call implies. */
export function requireShape(functionName, name, shape, expected) {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  throw new RangeError(
    `Error in ${functionName}: ${name} must have shape ${listText(expected)}, got ${listText(shape)}`,
  );
}

/** Checks that a tensor has one value for each output channel: shape [channels], or four dimensions that are 1 except for the channels. */
export function requirePerChannel(functionName, name, shape, channels, nhwc) {
  const full = nhwc ? [1, 1, 1, channels] : [1, channels, 1, 1];
  const expected = shape.length === 4 ? full : [channels];
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  throw new RangeError(
    `Error in ${functionName}: ${name} must have one value for each of the ${channels} output channels, ` +
      `shape [${channels}] or ${listText(full)}, got ${listText(shape)}`,
  );
}

/** The maximum number of dimensions of a tensor. */
const MAX_RANK = 8;

/** Checks the shape of a new tensor and returns its number of elements. */
export function sizeOfShape(functionName, argument, shape) {
  if (shape.length > MAX_RANK) {
    throw new RangeError(
      `Error in ${functionName}: ${argument} must have at most ${MAX_RANK} dimensions, got ${shape.length}`,
    );
  }
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(
      `Error in ${functionName}: ${argument} must be whole numbers of at least 0, got ${listText(shape)}`,
    );
  }
  // Compares each size too, because the product with a size of 0 is 0 however large the other sizes are.
  const size = shape.reduce((product, each) => product * each, 1);
  if (size > MAX_ELEMENTS || shape.some((each) => each > MAX_ELEMENTS)) {
    throw elementsError(functionName, argument, shape);
  }
  return size;
}

/** Checks that the data of a tensor have as many elements as its shape. */
export function requireDataLength(functionName, argument, shape, size, length) {
  if (length === size) return;
  throw new RangeError(
    `Error in ${functionName}: ${argument} must have ${size} elements for shape ${listText(shape)}, got ${length}`,
  );
}

/** Returns the error for a tensor of more than MAX_ELEMENTS elements. */
export function elementsError(functionName, argument, shape) {
  return new RangeError(
    `Error in ${functionName}: ${argument} must have at most ${MAX_ELEMENTS} elements (4 GiB), got ${listText(shape)}`,
  );
}
