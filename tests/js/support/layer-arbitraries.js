/** Random valid arguments of the layer for fast-check, in all spellings. */
import fc from 'fast-check';

const capitalized = (name) => name[0].toUpperCase() + name.slice(1);
const inSnakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A name in the spelling of tfjs, of Keras, or of the class of both. */
const spelled = (name) => fc.constantFrom(name, capitalized(name), inSnakeCase(name));

/** An object whose keys with a set bit are in snake case. Undefined fields are left out. */
function withSpelledKeys(object, bits) {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value], i) => [(bits >> i) & 1 ? inSnakeCase(key) : key, value]));
}
const spellings = fc.nat(2 ** 31 - 1);

/** + 0 turns −0, which JSON cannot express, into 0. */
const number = (min, max) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);
const atLeastZero = number(0, 100);
const anyNumber = number(-100, 100);
const step = fc.integer({ min: 1, max: 3 });
const pair = (size) => fc.oneof(size, fc.tuple(size, size));
const optional = (arbitrary) => fc.option(fc.option(arbitrary, { nil: null }), { nil: undefined, freq: 3 });
/** An object in which each field may be missing or null. */
const fields = (arbitraries) =>
  fc.record(Object.fromEntries(Object.entries(arbitraries).map(([key, arbitrary]) => [key, optional(arbitrary)])));

/** 'name', { className, config }, { class_name, config }, or an object like those of tfjs. */
function named(name, config) {
  return fc.tuple(name, config, spellings, fc.nat(4)).map(([className, object, bits, form]) => {
    const values = withSpelledKeys(object, bits);
    if (form === 0) return className;
    if (form === 1) return { className, config: values };
    if (form === 2) return { class_name: className, config: values };
    if (form === 3) return { module: 'keras', class_name: className, config: values, registered_name: null };
    return { getClassName: () => className, getConfig: () => values };
  });
}

const anySeed = fc.maxSafeInteger().map((value) => value + 0);
const withSeed = (values, seeded) =>
  fc
    .tuple(values, anySeed, fc.boolean())
    .map(([others, seed, given]) => (seeded || given ? { ...others, seed } : others));

/** @param {{ seeded?: boolean, names?: string[] }} options seeded: every random initializer gets a seed */
function initializer({ seeded = false, names = Object.keys(INITIALIZERS) } = {}) {
  const kinds = names.map((name) => {
    const { config, drawn } = INITIALIZERS[name];
    const values = drawn ? withSeed(config, seeded) : config;
    const whole = named(spelled(name), values);
    return seeded && drawn ? whole.filter((value) => typeof value !== 'string') : whole;
  });
  return fc.oneof(...kinds);
}

const limits = fc.tuple(anyNumber, anyNumber).map(([a, b]) => ({ minval: Math.min(a, b), maxval: Math.max(a, b) }));
const normal = fields({ mean: anyNumber, stddev: atLeastZero });
const variance = fields({
  scale: number(0.01, 100),
  mode: fc.constantFrom('fanIn', 'fanOut', 'fanAvg').chain(spelled),
  distribution: fc.constantFrom('normal', 'uniform', 'truncatedNormal', 'untruncatedNormal').chain(spelled),
});
const gain = fields({ gain: anyNumber });
const none = fc.constant({});

const INITIALIZERS = {
  zeros: { config: none },
  ones: { config: none },
  constant: { config: fields({ value: anyNumber }) },
  randomUniform: { config: limits, drawn: true },
  randomNormal: { config: normal, drawn: true },
  truncatedNormal: { config: normal, drawn: true },
  varianceScaling: { config: variance, drawn: true },
  glorotUniform: { config: none, drawn: true },
  glorotNormal: { config: none, drawn: true },
  heUniform: { config: none, drawn: true },
  heNormal: { config: none, drawn: true },
  leCunUniform: { config: none, drawn: true },
  lecunNormal: { config: none, drawn: true },
  orthogonal: { config: gain, drawn: true },
  identity: { config: gain },
};

const regularizer = fc.oneof(
  named(fc.constantFrom('l1', 'L1'), fields({ l1: atLeastZero })),
  named(fc.constantFrom('l2', 'L2'), fields({ l2: atLeastZero })),
  named(fc.constantFrom('l1l2', 'L1L2', 'l1_l2'), fields({ l1: atLeastZero, l2: atLeastZero })),
);

/** One axis or a list of different axes, each counted from the first or from the last axis. */
function axes(rank) {
  const fromBoth = (axis) => fc.constantFrom(axis, axis - rank);
  const list = fc
    .uniqueArray(fc.integer({ min: 0, max: rank - 1 }), { minLength: 1, maxLength: rank })
    .chain((all) => fc.tuple(...all.map(fromBoth)));
  return fc.oneof(fc.integer({ min: -rank, max: rank - 1 }), list);
}

function constraint(rank) {
  const axis = optional(axes(rank));
  const minMax = fc.tuple(atLeastZero, atLeastZero, optional(number(0, 1)), axis).map(([a, b, rate, along]) => ({
    minValue: Math.min(a, b),
    maxValue: Math.max(a, b),
    rate,
    axis: along,
  }));
  return fc.oneof(
    named(spelled('maxNorm'), fc.record({ maxValue: optional(atLeastZero), axis })),
    named(spelled('minMaxNorm'), minMax),
    named(spelled('nonNeg'), none),
    named(spelled('unitNorm'), fc.record({ axis })),
  );
}

export const ACTIVATIONS = {
  ...Object.fromEntries(
    ['elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid']
      .concat(['softmax', 'softplus', 'softsign', 'swish', 'tanh'])
      .map((name) => [name, name]),
  ),
  hard_sigmoid: 'hardSigmoid',
  log_softmax: 'logSoftmax',
  silu: 'swish',
};

/** Names of at most 100 bytes. */
const layerName = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => new TextEncoder().encode(name).length <= 100);

const size = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 2 ** 30 }), weight: 3 },
  { arbitrary: fc.constant(null), weight: 1 },
);
const batch = fc.oneof(fc.integer({ min: 0, max: 2 ** 30 }), fc.constant(null));

const steps = fc.record({ strides: optional(pair(step)), dilationRate: optional(pair(step)) });

/**
 * Valid arguments in camel case. With `buildable`, the weights can be built and are the same each time.
 *
 * @param {{ buildable?: boolean }} options
 */
export function layerArguments({ buildable = false } = {}) {
  const kernels = Object.keys(INITIALIZERS).filter((name) => !buildable || name !== 'identity');
  const biases = kernels.filter((name) => !buildable || name !== 'orthogonal');
  const kernelInitializer = initializer({ seeded: buildable, names: kernels });
  const biasInitializer = initializer({ seeded: buildable, names: biases });
  const others = fc.record({
    kernelSize: pair(step),
    depthMultiplier: optional(step),
    padding: optional(fc.constantFrom('valid', 'same')),
    dataFormat: optional(fc.constantFrom('channelsLast', 'channelsFirst', 'channels_last', 'channels_first')),
    activation: optional(named(fc.constantFrom(...Object.keys(ACTIVATIONS)), none)),
    useBias: optional(fc.boolean()),
    depthwiseInitializer: buildable ? kernelInitializer : optional(kernelInitializer),
    biasInitializer: buildable ? biasInitializer : optional(biasInitializer),
    depthwiseRegularizer: optional(regularizer),
    biasRegularizer: optional(regularizer),
    activityRegularizer: optional(regularizer),
    depthwiseConstraint: optional(constraint(4)),
    biasConstraint: optional(constraint(1)),
    inputShape: optional(fc.tuple(size, size, size)),
    batchInputShape: optional(fc.tuple(batch, size, size, size)),
    batchSize: optional(fc.integer({ min: 0, max: 2 ** 30 })),
    dtype: optional(fc.constantFrom('float32', { class_name: 'DTypePolicy', config: { name: 'float32' } })),
    name: optional(layerName),
    trainable: optional(fc.boolean()),
    weights: fc.constantFrom(undefined, null),
    groups: fc.constantFrom(undefined, null, 1),
  });
  return fc.tuple(others, steps).map(([rest, chosen]) => ({ ...rest, ...chosen }));
}

/** The same arguments in some spelling, alone or as the entry of a model file. */
export const spelling = fc.record({ bits: spellings, form: fc.nat(3) });
export function spell(arguments_, { bits, form }) {
  const config = withSpelledKeys(arguments_, bits);
  if (form === 0) return config;
  if (form === 1) return { className: 'DepthwiseConv2D', config };
  if (form === 2) return { class_name: 'DepthwiseConv2D', config, name: 'layer', inbound_nodes: [] };
  return { getClassName: () => 'DepthwiseConv2D', getConfig: () => config };
}
