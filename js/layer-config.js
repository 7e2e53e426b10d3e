import {
  describe,
  lengthOfList,
  listOfNames,
  listText,
  MAX_AXIS,
  nameError,
  outOfMemory,
  sizesError,
} from './arguments.js';
import { geometryError } from './messages.js';

/**
 * Reads and writes configurations of DepthwiseConv2D, turns them into the numbers that C++ takes, and composes the messages of the layer's
 * errors.
 *
 * A configuration that has been read is the object that tfjs's getConfig returns: camelCase keys, pairs as lists, initializers as
 * { className, config }. Inputs may be spelled as in tfjs or Keras.
 */

export const NAME = 'DepthwiseConv2D';

const typeError = (text) => new TypeError(`Error in ${NAME}: ${text}`);
const rangeError = (text) => new RangeError(`Error in ${NAME}: ${text}`);
const kindError = (argument, allowed, value) => typeError(`${argument} must be ${allowed}, got ${shown(value)}`);

/** Returns a value for the text of an error. It shows at most eight entries of a list, and no entries of nested lists. */
function shown(value) {
  if (!Array.isArray(value)) return describe(value);
  const entries = value.slice(0, 8).map((each) => (Array.isArray(each) ? 'a list' : describe(each)));
  return `[${entries}${value.length > 8 ? ',…' : ''}]`;
}

// ---- Plain data ----

const MAX_VALUES = 512;
const MAX_DEPTH = 16;

/**
 * Returns a copy of a configuration that consists of lists, objects without a prototype, and primitive values. It reads each property
 * once, so no getter or proxy can change an argument after its check. It also ends for cyclic and endless values. It does not copy
 * `weights`, which are tensors. Objects of tfjs that have getClassName and getConfig become { className, config }.
 */
function plainCopy(value) {
  let count = 0;
  const copy = (each, depth) => {
    if (++count > MAX_VALUES) throw rangeError(`config must have at most ${MAX_VALUES} values, got more`);
    if (each === null || typeof each !== 'object' || ArrayBuffer.isView(each)) return each;
    if (depth === MAX_DEPTH) {
      throw rangeError(`config must have lists and objects at most ${MAX_DEPTH} deep, got deeper ones`);
    }
    const length = lengthOfList(each);
    if (length !== undefined) {
      const list = [];
      for (let i = 0; i < length; ++i) list.push(copy(each[i], depth + 1));
      return list;
    }
    const object = Object.create(null);
    for (const [key, member] of Object.entries(writtenForm(each))) {
      if (member !== undefined) object[key] = key === 'weights' ? member : copy(member, depth + 1);
    }
    return object;
  };
  return copy(value, 0);
}

function writtenForm(value) {
  const { getClassName, getConfig } = value;
  if (typeof getClassName !== 'function' || typeof getConfig !== 'function') return value;
  return { className: getClassName.call(value), config: getConfig.call(value) };
}

/** Returns whether a value of a plain copy is an object, but not a list. */
const isObject = (value) => value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === null;

// ---- Spellings ----

const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const classCase = (name) => name[0].toUpperCase() + name.slice(1);

/**
 * Returns { spelling: entry }. The keys of `entries` are tfjs's identifiers. Each entry gets three spellings: tfjs's identifier, the class
 * name of tfjs and Keras, and the name of Keras's function.
 */
function withSpellings(entries, aliases = {}) {
  const all = Object.create(null);
  const names = [...Object.entries(entries), ...Object.entries(aliases).map(([alias, name]) => [alias, entries[name]])];
  for (const [name, entry] of names) {
    for (const spelling of [name, classCase(name), snakeCase(name)]) all[spelling] = entry;
  }
  return all;
}

/** Returns the entry of a name in a table of spellings, or throws with the list of tfjs's names. */
function entryNamed(argument, name, spellings, names) {
  if (typeof name !== 'string') throw kindError(argument, 'a name', name);
  if (name in spellings) return spellings[name];
  throw nameError(NAME, argument, listOfNames(names), name);
}

/**
 * Returns the fields of an object by their camelCase names. The object may use snake_case. A field that is null means its default. Unknown
 * fields are errors, except customObjects, which tfjs adds to the configurations that it reads.
 */
function fieldsOf(where, object, names) {
  const fields = Object.create(null);
  for (const [key, value] of Object.entries(object)) {
    if (key === 'customObjects' || key === 'custom_objects') continue;
    const name = names.find((each) => key === each || key === snakeCase(each));
    if (name === undefined) {
      throw typeError(`${where} must have no fields but ${names.join(', ') || 'none'}; got '${key.slice(0, 40)}'`);
    }
    if (name in fields) throw typeError(`${where} must have each field once, got ${name} twice`);
    fields[name] = value;
  }
  return fields;
}

/** The fields that Keras writes for an object with a class name. Only className and config are read. */
const PARTS = [
  ...['className', 'config', 'module', 'registeredName', 'buildConfig', 'compileConfig', 'sharedObjectId'],
  ...['name', 'inboundNodes'],
];

const isNamed = (value) => isObject(value) && ('className' in value || 'class_name' in value);

/** Reads 'l2' or { className: 'L2', config: { l2: 0.01 } }. */
function readNamed(argument, value) {
  if (typeof value === 'string') return { name: value, config: Object.create(null) };
  if (!isNamed(value)) throw kindError(argument, 'a name or { className, config }', value);
  const { className, config = null } = fieldsOf(argument, value, PARTS);
  if (typeof className !== 'string' || className === '') {
    throw kindError(`${argument}.className`, 'a name', className);
  }
  if (config !== null && !isObject(config)) throw kindError(`${argument}.config`, 'an object', config);
  return { name: className, config };
}

// ---- Numbers and names ----

/** Reads a number, or a scalar of NumPy as some versions of tf.keras write it: { type: 'ndarray', value: 0.01 }. */
function readNumber(argument, value) {
  const number = isObject(value) && value.type === 'ndarray' ? value.value : value;
  if (typeof number !== 'number') throw kindError(argument, 'a number', value);
  return number;
}

function readWhole(argument, value, min) {
  const number = readNumber(argument, value);
  if (Number.isInteger(number) && number >= min && number <= MAX_AXIS) return number;
  throw rangeError(`${argument} must be a whole number from ${min} to ${MAX_AXIS}, got ${number}`);
}

/** Reads one number for both axes, or two of them. */
function readSteps(argument, value) {
  const steps = Array.isArray(value) && value.length === 2 ? value : [value, value];
  if (steps.every((step) => Number.isInteger(step) && step >= 1 && step <= MAX_AXIS)) return steps;
  const allowed = `a whole number from 1 to ${MAX_AXIS}, or two of them [height, width]`;
  const error = kindError(argument, allowed, value);
  throw steps.every((step) => typeof step === 'number') ? new RangeError(error.message) : error;
}

/** Reads a list of sizes. null is an unknown size. */
function readSizes(argument, value, minimums, allowed) {
  const fits = (size, i) => size === null || (Number.isInteger(size) && size >= minimums[i] && size <= MAX_AXIS);
  if (Array.isArray(value) && value.length === minimums.length && value.every(fits)) return value;
  throw kindError(argument, allowed, value);
}

function readFlag(argument, value) {
  if (typeof value !== 'boolean') throw kindError(argument, 'true or false', value);
  return value;
}

function readPadding(argument, value) {
  if (value !== 'valid' && value !== 'same') throw kindError(argument, "'valid' or 'same'", value);
  return value;
}

function readDataFormat(argument, value) {
  if (value === 'channelsLast' || value === 'channels_last') return 'channelsLast';
  if (value === 'channelsFirst' || value === 'channels_first') return 'channelsFirst';
  throw kindError(argument, "'channelsLast' or 'channelsFirst'", value);
}

/** Reads 'float32', or the DTypePolicy of this name in Keras 3. */
function readDtype(argument, value) {
  const name = isNamed(value) && isObject(value.config) ? value.config.name : value;
  if (name !== 'float32') throw kindError(argument, "'float32'", name);
  return name;
}

const MAX_NAME_BYTES = 100;

function readName(argument, value) {
  // The number of bytes is at least the length. Checking the length first avoids encoding a very long text.
  const fits =
    typeof value === 'string' &&
    value.length <= MAX_NAME_BYTES &&
    new TextEncoder().encode(value).length <= MAX_NAME_BYTES;
  if (!fits) throw kindError(argument, `a text of at most ${MAX_NAME_BYTES} bytes`, value);
  return value;
}

function readGroups(argument, value) {
  if (value !== 1) throw kindError(argument, '1', value);
  return value;
}

/** The numbers of C++'s Activation, by tfjs's names. */
const ACTIVATIONS = {
  elu: 3,
  gelu: 7,
  gelu_new: 8,
  hardSigmoid: 9,
  linear: 0,
  logSoftmax: 17,
  mish: 10,
  relu: 1,
  relu6: 2,
  selu: 11,
  sigmoid: 6,
  softmax: 16,
  softplus: 12,
  softsign: 13,
  swish: 14,
  tanh: 15,
};
const ACTIVATION_NAMES = Object.keys(ACTIVATIONS);
/** Keras's names that tfjs spells differently. */
const KERAS_ACTIVATIONS = { hard_sigmoid: 'hardSigmoid', log_softmax: 'logSoftmax', silu: 'swish' };
const ACTIVATION_SPELLINGS = Object.assign(
  Object.create(null),
  Object.fromEntries(ACTIVATION_NAMES.map((name) => [name, name])),
  KERAS_ACTIVATIONS,
);

function readActivation(argument, value) {
  return entryNamed(argument, readNamed(argument, value).name, ACTIVATION_SPELLINGS, ACTIVATION_NAMES);
}

// ---- Initializers ----

const NORMAL = { mean: 0, stddev: 0.05, seed: null };
const SCALED = { scale: 1, mode: 'fanIn', distribution: 'normal', seed: null };

/** `kind`: the number of C++'s Initializer::Kind. `fields`: the fields that a configuration with this name may contain. */
const initializer = (className, kind, defaults, fields = Object.keys(defaults)) => ({
  className,
  kind,
  defaults,
  fields,
});
/** Returns an initializer that tfjs writes as VarianceScaling. */
const scaled = (scale, mode, distribution) =>
  initializer('VarianceScaling', 6, { ...SCALED, scale, mode, distribution }, ['seed']);

/** By tfjs's names, in the order of messages. */
const INITIALIZERS = {
  constant: initializer('Constant', 2, { value: 0 }),
  glorotNormal: scaled(1, 'fanAvg', 'normal'),
  glorotUniform: scaled(1, 'fanAvg', 'uniform'),
  heNormal: scaled(2, 'fanIn', 'normal'),
  heUniform: scaled(2, 'fanIn', 'uniform'),
  identity: initializer('Identity', 8, { gain: 1 }),
  leCunNormal: scaled(1, 'fanIn', 'normal'),
  leCunUniform: scaled(1, 'fanIn', 'uniform'),
  ones: initializer('Ones', 1, {}),
  orthogonal: initializer('Orthogonal', 7, { gain: 1, seed: null }),
  randomNormal: initializer('RandomNormal', 4, NORMAL),
  randomUniform: initializer('RandomUniform', 3, { minval: -0.05, maxval: 0.05, seed: null }),
  truncatedNormal: initializer('TruncatedNormal', 5, NORMAL),
  varianceScaling: initializer('VarianceScaling', 6, SCALED),
  zeros: initializer('Zeros', 0, {}),
};
const INITIALIZER_NAMES = Object.keys(INITIALIZERS);
const INITIALIZER_SPELLINGS = withSpellings(INITIALIZERS, {
  lecunNormal: 'leCunNormal', // Keras's spelling
  lecunUniform: 'leCunUniform',
  orthogonalInitializer: 'orthogonal', // classes and aliases of Keras 3
  identityInitializer: 'identity',
  normal: 'randomNormal',
  uniform: 'randomUniform',
  one: 'ones',
  zero: 'zeros',
});

/** The numbers of C++'s enumerations, by tfjs's names. In tfjs 'normal' is the truncated normal distribution. */
const MODES = { fanIn: 0, fanOut: 1, fanAvg: 2 };
const DISTRIBUTIONS = { normal: 0, truncatedNormal: 0, untruncatedNormal: 1, uniform: 2 };
const MODE_SPELLINGS = withSpellings({ fanIn: 'fanIn', fanOut: 'fanOut', fanAvg: 'fanAvg' });
const DISTRIBUTION_SPELLINGS = withSpellings({
  normal: 'normal',
  truncatedNormal: 'normal', // tfjs draws from a uniform distribution for this name
  untruncatedNormal: 'untruncatedNormal',
  uniform: 'uniform',
});

const FIELD_READERS = {
  mode: (argument, value) => entryNamed(argument, value, MODE_SPELLINGS, Object.keys(MODES)),
  distribution: (argument, value) => entryNamed(argument, value, DISTRIBUTION_SPELLINGS, Object.keys(DISTRIBUTIONS)),
  seed: readSeed,
};

function readInitializer(argument, value) {
  const { name, config } = readNamed(argument, value);
  const { className, defaults, fields } = entryNamed(argument, name, INITIALIZER_SPELLINGS, INITIALIZER_NAMES);
  // Keras writes axes, which must be null, for variance scaling only. tf.keras before 2.3 writes dtype for all initializers.
  const ignored = className === 'VarianceScaling' ? ['dtype', 'inputAxes', 'outputAxes'] : ['dtype'];
  const { dtype, inputAxes, outputAxes, ...given } = fieldsOf(`${argument}.config`, config ?? {}, [
    ...fields,
    ...ignored,
  ]);
  if ((dtype ?? 'float32') !== 'float32') throw kindError(`${argument}.dtype`, "'float32'", dtype);
  for (const [field, axes] of Object.entries({ inputAxes, outputAxes })) {
    if ((axes ?? null) !== null) throw kindError(`${argument}.${field}`, 'null', axes);
  }
  return { className, config: { ...defaults, ...readFields(argument, given) } };
}

/** Reads the fields that are not null. */
function readFields(argument, fields) {
  const given = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(
    given.map(([field, value]) => [field, (FIELD_READERS[field] ?? readNumber)(`${argument}.${field}`, value)]),
  );
}

/** Reads a seed, or the SeedGenerator with a seed that Keras 3 writes. */
function readSeed(argument, value) {
  const isGenerator = isNamed(value) && (value.className ?? value.class_name) === 'SeedGenerator';
  const seed = isGenerator && isObject(value.config) ? (value.config.seed ?? null) : value;
  if (seed === null) return null;
  const number = readNumber(argument, seed);
  if (Number.isSafeInteger(number)) return number;
  throw rangeError(`${argument} must be a whole number of at most 53 bits, got ${number}`);
}

// ---- Regularizers and constraints ----

/** The default coefficients of a regularizer, by the names of tfjs and Keras. tfjs has the class L1L2 only. */
const REGULARIZER_SPELLINGS = Object.assign(Object.create(null), {
  l1: { l1: 0.01 },
  L1: { l1: 0.01 },
  l2: { l2: 0.01 },
  L2: { l2: 0.01 },
  l1l2: { l1: 0.01, l2: 0.01 },
  L1L2: { l1: 0.01, l2: 0.01 },
  l1_l2: { l1: 0.01, l2: 0.01 },
});

function readRegularizer(argument, value) {
  const { name, config } = readNamed(argument, value);
  const defaults = entryNamed(argument, name, REGULARIZER_SPELLINGS, ['l1', 'l2', 'l1l2']);
  const given = fieldsOf(`${argument}.config`, config ?? {}, Object.keys(defaults));
  return { className: 'L1L2', config: { l1: 0, l2: 0, ...defaults, ...readFields(argument, given) } };
}

/** The number of C++'s Constraint::Kind, and the fields with their defaults, by tfjs's names. */
const CONSTRAINTS = {
  maxNorm: { className: 'MaxNorm', kind: 1, defaults: { maxValue: 2, axis: 0 } },
  minMaxNorm: { className: 'MinMaxNorm', kind: 2, defaults: { minValue: 0, maxValue: 1, rate: 1, axis: 0 } },
  nonNeg: { className: 'NonNeg', kind: 3, defaults: {} },
  unitNorm: { className: 'UnitNorm', kind: 4, defaults: { axis: 0 } },
};
const CONSTRAINT_NAMES = Object.keys(CONSTRAINTS);
const CONSTRAINT_SPELLINGS = withSpellings(CONSTRAINTS);

const MAX_AXES = 4;
const RANKS = { depthwiseConstraint: 4, biasConstraint: 1 };

function readConstraint(argument, value) {
  const { name, config } = readNamed(argument, value);
  const { className, defaults } = entryNamed(argument, name, CONSTRAINT_SPELLINGS, CONSTRAINT_NAMES);
  const { axis, ...given } = fieldsOf(`${argument}.config`, config ?? {}, Object.keys(defaults));
  const read = { ...defaults, ...readFields(argument, given) };
  if ((axis ?? null) !== null) read.axis = readAxes(argument, axis);
  return { className, config: read };
}

/** Reads a number or a list of numbers that C++ can take. */
function readAxes(argument, axis) {
  const axes = [axis].flat().map((each) => readNumber(`${argument}.axis`, each));
  if (axes.length > MAX_AXES || axes.some((each) => each !== (each | 0))) throw axesError(argument, axes);
  return Array.isArray(axis) ? axes : axes[0];
}

function axesError(argument, axes) {
  const rank = RANKS[argument];
  const range = `a tensor of rank ${rank}, from ${-rank} to ${rank - 1} and each once`;
  return rangeError(`${argument}.axis must name axes of ${range}, got ${listText(axes)}`);
}

/** tfjs writes depthwiseRegularizer a second time as depthwiseConstraint; such a layer has no constraint. */
function readDepthwiseConstraint(argument, value) {
  if (isNamed(value) && (value.className ?? value.class_name) === 'L1L2') return null;
  return readConstraint(argument, value);
}

// ---- The layer ----

/** Reads each argument, given its name and its value. Messages list the arguments in this order. */
const READERS = {
  kernelSize: readSteps,
  depthMultiplier: (argument, value) => readWhole(argument, value, 1),
  strides: readSteps,
  padding: readPadding,
  dataFormat: readDataFormat,
  dilationRate: readSteps,
  activation: readActivation,
  useBias: readFlag,
  depthwiseInitializer: readInitializer,
  biasInitializer: readInitializer,
  depthwiseRegularizer: readRegularizer,
  biasRegularizer: readRegularizer,
  activityRegularizer: readRegularizer,
  depthwiseConstraint: readDepthwiseConstraint,
  biasConstraint: readConstraint,
  inputShape: (argument, value) =>
    readSizes(argument, value, [1, 1, 1], 'three sizes without the batch, each a whole number or null'),
  batchInputShape: (argument, value) =>
    readSizes(argument, value, [0, 1, 1, 1], 'four sizes, the batch first, each a whole number or null'),
  batchSize: (argument, value) => readWhole(argument, value, 0),
  dtype: readDtype,
  name: readName,
  trainable: readFlag,
  weights: (argument, value) => value,
  groups: readGroups,
};
const ARGUMENTS = Object.keys(READERS);

/**
 * Reads the arguments of a layer: those of tfjs and Keras, or the entry of a model file, { class_name: 'DepthwiseConv2D', config: { … } }.
 *
 * @returns {{ config: Record<string, any>, weights: any }} `config`: all arguments, with defaults; `name` is '' if it is not given.
 *   `weights`: this argument, not yet read, or undefined
 */
export function readLayerConfig(value) {
  const copy = plainCopy(value);
  if (!isObject(copy)) throw kindError('config', 'an object', copy);
  const { weights } = copy;
  delete copy.weights;
  const given = fieldsOf('config', argumentsIn(copy), ARGUMENTS);
  const read = Object.create(null);
  for (const [argument, each] of Object.entries(given)) {
    if (each !== null) read[argument] = READERS[argument](argument, each);
  }
  if (!read.kernelSize) {
    throw typeError('kernelSize must be given, a whole number or two of them [height, width], got none');
  }
  return { config: withDefaults(read), weights: weights ?? read.weights };
}

function argumentsIn(copy) {
  if (!isNamed(copy)) return copy;
  const { name, config } = readNamed('config', copy);
  if (name === NAME && config !== null) return config;
  throw typeError(
    `config must be that of a layer { className: '${NAME}', config: { … } }, got className '${name.slice(0, 40)}' ` +
      `with ${config === null ? 'no config' : 'a config'}`,
  );
}

/** Returns all fields of tfjs's getConfig, which contains batchInputShape and dtype only together. */
function withDefaults(read) {
  const batchInputShape = read.batchInputShape ?? (read.inputShape && [read.batchSize ?? null, ...read.inputShape]);
  return {
    __proto__: null, // so that a property added to Object.prototype is not an argument
    kernelSize: read.kernelSize,
    strides: read.strides ?? [1, 1],
    padding: read.padding ?? 'valid',
    dataFormat: read.dataFormat ?? 'channelsLast',
    dilationRate: read.dilationRate ?? [1, 1],
    activation: read.activation ?? 'linear',
    useBias: read.useBias ?? true,
    biasInitializer: read.biasInitializer ?? readInitializer('biasInitializer', 'zeros'),
    biasRegularizer: read.biasRegularizer ?? null,
    activityRegularizer: read.activityRegularizer ?? null,
    biasConstraint: read.biasConstraint ?? null,
    name: read.name ?? '',
    trainable: read.trainable ?? true,
    ...(batchInputShape && { batchInputShape, dtype: 'float32' }),
    depthMultiplier: read.depthMultiplier ?? 1,
    depthwiseInitializer: read.depthwiseInitializer ?? readInitializer('depthwiseInitializer', 'glorotUniform'),
    depthwiseRegularizer: read.depthwiseRegularizer ?? null,
    depthwiseConstraint: read.depthwiseConstraint ?? null,
  };
}

/** Returns a copy of a configuration: tfjs's getConfig. */
export const writeTfjsConfig = (config) => respelled(config, (name) => name);

/**
 * Returns the entry of a model file, in Keras's spelling, without `groups`, which Keras 3 refuses.
 *
 * @returns {{ class_name: 'DepthwiseConv2D', config: Record<string, any> }}
 */
export function writeKerasEntry(config) {
  return { class_name: NAME, config: respelled({ ...config, dtype: 'float32' }, snakeCase) };
}

function respelled(value, spell, key) {
  if (Array.isArray(value)) return [...value];
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([each, field]) => [spell(each), respelled(field, spell, each)]),
    );
  }
  return typeof value === 'string' && key !== 'className' && key !== 'name' ? spell(value) : value;
}

// ---- Numbers for C++ ----

const PADDINGS = { valid: 0, same: 1 };
const LAYOUTS = { channelsLast: 0, channelsFirst: 1 };
const NO_REGULARIZER = { l1: 0, l2: 0 };

/** Returns the LayerConfig of cpp/include/depthwise/layer.h. */
export function nativeConfigOf(config) {
  const regularizer = (argument) => config[argument]?.config ?? NO_REGULARIZER;
  return {
    kernelSize: config.kernelSize,
    depthMultiplier: config.depthMultiplier,
    strides: config.strides,
    padding: PADDINGS[config.padding],
    layout: LAYOUTS[config.dataFormat],
    dilationRate: config.dilationRate,
    activation: ACTIVATIONS[config.activation],
    useBias: config.useBias,
    depthwiseInitializer: nativeInitializerOf(config.depthwiseInitializer),
    biasInitializer: nativeInitializerOf(config.biasInitializer),
    depthwiseRegularizer: regularizer('depthwiseRegularizer'),
    biasRegularizer: regularizer('biasRegularizer'),
    activityRegularizer: regularizer('activityRegularizer'),
    depthwiseConstraint: nativeConstraintOf(config.depthwiseConstraint),
    biasConstraint: nativeConstraintOf(config.biasConstraint),
    trainable: config.trainable,
  };
}

/** Returns the Initializer of layer.h. Fields that the kind does not read are 0. */
function nativeInitializerOf({ className, config }) {
  const { mode = 'fanIn', distribution = 'normal', seed, ...numbers } = config;
  return {
    ...{ value: 0, minval: 0, maxval: 0, mean: 0, stddev: 0, scale: 0, gain: 0 },
    ...numbers,
    kind: INITIALIZER_SPELLINGS[className].kind,
    mode: MODES[mode],
    distribution: DISTRIBUTIONS[distribution],
    seed: seed ?? NaN,
  };
}

function nativeConstraintOf(constraint) {
  const { axis = 0, ...numbers } = constraint?.config ?? {};
  const axes = [axis].flat();
  return {
    ...{ minValue: 0, maxValue: 0, rate: 0 },
    ...numbers,
    kind: constraint === null ? 0 : CONSTRAINT_SPELLINGS[constraint.className].kind,
    axes: Array.from({ length: MAX_AXES }, (_, i) => axes[i] ?? 0),
    axisCount: axes.length,
  };
}

/** Returns the names and shapes of the weights of a layer. */
export function weightsOf({ kernelSize, depthMultiplier, useBias }, channels) {
  const kernel = { name: 'depthwise_kernel', shape: [...kernelSize, channels, depthMultiplier] };
  return useBias ? [kernel, { name: 'bias', shape: [channels * depthMultiplier] }] : [kernel];
}

/** Returns the number of channels in a shape of x. */
export const channelsIn = ({ dataFormat }, shape) => shape[dataFormat === 'channelsFirst' ? 1 : 3];

// ---- Errors ----

/** Checks that a shape of x consists of four sizes, each a whole number or null (unknown). C++ checks the rest. */
export function requireXShape({ dataFormat }, name, shape) {
  const dimensions =
    dataFormat === 'channelsFirst' ? '[batch, inChannels, height, width]' : '[batch, height, width, inChannels]';
  if (shape.length !== 4) {
    throw rangeError(`${name} must have 4 dimensions ${dimensions}, got ${listText(shape)}`);
  }
  const fits = (size, i) => size === null || (Number.isSafeInteger(size) && size >= (i === 0 ? 0 : 1));
  if (!shape.every(fits)) throw sizesError(NAME, name, dimensions, shape, 0);
}

/** The numbers of ErrorCode in cpp/include/depthwise/error.h that a layer can return. Smaller ones are those of a geometry. */
const CODES = {
  notBuilt: 20,
  noTrainingCall: 21,
  unknownChannels: 22,
  otherChannels: 23,
  number: 26,
  notNegative: 27,
  positive: 28,
  order: 29,
  range: 30,
  axes: 31,
  initializerShape: 32,
  outOfMemory: 40,
};
/** The names of arguments and fields, by the numbers of Argument and Field. */
const ARGUMENTS_OF_ERRORS = {
  24: 'depthwiseInitializer',
  25: 'biasInitializer',
  26: 'depthwiseRegularizer',
  27: 'biasRegularizer',
  28: 'activityRegularizer',
  29: 'depthwiseConstraint',
  30: 'biasConstraint',
};
const FIELDS_OF_ERRORS = ' value minval maxval mean stddev scale gain l1 l2 minValue maxValue rate axis'.split(' ');

export const notBuiltError = () => typeError('build must come first, got none yet');

/**
 * Returns the error for a code of C++.
 *
 * @param {{ code: number, argument: number, field: number, operands: number[] }} error
 * @param {Record<string, any>} config of the layer
 * @param {string} [shapeName] the name of the shape of x that the call was about
 * @param {(number | null)[]} [shape] this shape
 * @returns {Error}
 */
export function layerError(error, config, shapeName, shape = []) {
  const { code, operands } = error;
  const argument = ARGUMENTS_OF_ERRORS[error.argument];
  const field = FIELDS_OF_ERRORS[error.field];
  const name = `${argument}.${field}`;
  const [first, second, third] = operands;
  switch (code) {
    case CODES.notBuilt:
      return notBuiltError();
    case CODES.noTrainingCall:
      return typeError('backward must follow a call with training and come before weights change');
    case CODES.unknownChannels:
      return rangeError(
        `${shapeName} must have a known number of channels, its dimension ${first}, got ${listText(shape)}`,
      );
    case CODES.otherChannels:
      return rangeError(
        `${shapeName} must have the ${first} channels that the layer was built for, got ${listText(shape)}`,
      );
    case CODES.number:
      return rangeError(`${name} must be a finite float32 number, got ${first}`);
    case CODES.notNegative:
      return rangeError(`${name} must be a finite float32 number of at least 0, got ${first}`);
    case CODES.positive:
      return rangeError(`${name} must be a finite float32 number above 0, got ${first}`);
    case CODES.order: {
      const bound = field === 'maxval' ? 'at least minval' : 'at most maxValue';
      return rangeError(`${name} must be ${bound}, ${first}, got ${second}`);
    }
    case CODES.range:
      return rangeError(`${name} must be a number from ${first} to ${second}, got ${third}`);
    case CODES.axes:
      return axesError(argument, [config[argument].config.axis].flat());
    case CODES.initializerShape:
      return initializerError(argument, config, operands);
    case CODES.outOfMemory:
      return outOfMemory(NAME, first);
    default:
      return geometryError(error, geometryOf(config, shapeName, shape));
  }
}

function initializerError(argument, config, sizes) {
  const isIdentity = config[argument].className === 'Identity';
  const weight = listText(argument === 'biasInitializer' ? sizes.slice(0, 1) : sizes.slice(0, 4));
  const got = isIdentity
    ? "'identity', which fills square matrices only"
    : "'orthogonal', which needs at least 2 dimensions";
  return rangeError(`${argument} must be able to fill a tensor of shape ${weight}, got ${got}`);
}

/** Returns the arguments of a layer's convolution, as geometryError takes them. @returns {any} */
function geometryOf(config, shapeName, shape) {
  return {
    functionName: NAME,
    names: { x: shapeName, filter: 'kernelSize', filterDimensions: '[height, width, inChannels, channelMultiplier]' },
    x: shape,
    filter: weightsOf(config, channelsIn(config, shape))[0].shape,
    strides: config.strides,
    dilations: config.dilationRate,
    pad: config.padding,
    layout: LAYOUTS[config.dataFormat],
  };
}
