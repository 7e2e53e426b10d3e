import { configOfKeras3 } from './common.js';

/** tfjs converts the names in a file to camel case. This is `__keras_tensor__`. */
const TENSOR = 'KerasTensor';

/** In tfjs, the first node of these is the model itself. Their first call in a model is the second node. */
const MODELS = ['Functional', 'Model', 'Sequential'];

/**
 * Returns tfjs's Functional, the class of models with a graph of layers, which also reads the files of Keras 3.
 *
 * @param {any} Base tfjs's class
 */
export function functionalOf(Base) {
  return class Functional extends Base {
    static className = 'Functional';

    static fromConfig(cls, config, ...others) {
      const isOfKeras3 = config.layers.some(({ inboundNodes }) => inboundNodes.some((node) => !Array.isArray(node)));
      return Base.fromConfig(cls, isOfKeras3 ? configOfKeras2(config) : config, ...others);
    }
  };
}

/**
 * Returns the configuration of a model as tf.keras 2 writes it. Keras 3 writes the call of a layer as an object with arguments, and a single
 * input or output without a list around it.
 */
function configOfKeras2(config) {
  const layerOf = layersByName(config.layers);
  const isModel = (name) => MODELS.includes(layerOf(name).className);
  const isSequential = (name) => layerOf(name).className === 'Sequential';

  /** Returns a tensor of a call as a list: layer, node and number of the output. */
  const tensorOf = ({ config: { kerasHistory: history } }) => {
    const [name, node, output] = history;
    return [layerOf(name).name, node + Number(isModel(name)), output];
  };
  // Keras counts the node of a Functional model itself here, but not the one of a Sequential model.
  const endOf = ([name, node, output]) => [layerOf(name).name, node + Number(isSequential(name)), output];

  const callOf = (layer, { args, kwargs = {} }) => {
    const tensors = args.flat(Infinity).filter((value) => value !== null);
    const options = Object.entries(kwargs).filter(([, value]) => value !== null);
    for (const value of tensors) if (!isTensor(value)) throw callError(layer, 'a value that is not a tensor');
    for (const [name, value] of options) if (hasTensor(value)) throw callError(layer, `a tensor as ${name}`);
    return tensors.map((tensor) => [...tensorOf(tensor), Object.fromEntries(options)]);
  };
  return {
    ...config,
    layers: config.layers.map((layer) => ({
      ...layer,
      config: configOfKeras3(layer.className, layer.config),
      inboundNodes: layer.inboundNodes.map((node) => callOf(layer, node)),
    })),
    inputLayers: endsOf(config.inputLayers).map(endOf),
    outputLayers: endsOf(config.outputLayers).map(endOf),
  };
}

/** Returns a function that finds a layer by its name, also in camel case. */
function layersByName(layers) {
  const byName = new Map();
  for (const layer of layers) {
    const converted = layer.name.replace(/_+(\w|$)/g, (_, letter) => letter.toUpperCase());
    const other = byName.get(converted);
    if (other)
      throw new Error(`Error in Functional: tfjs cannot distinguish the layers ${other.name} and ${layer.name}`);
    byName.set(converted, layer);
  }
  for (const layer of layers) byName.set(layer.name, layer);
  return (name) => byName.get(name);
}

/** Returns the inputs or outputs of a model in a list: a file contains one, a list or an object of them. */
function endsOf(value) {
  if (typeof value[0] === 'string') return [value];
  return Object.values(value).flatMap(endsOf);
}

const isTensor = (value) => value?.className === TENSOR;
const hasTensor = (value) =>
  isTensor(value) || (value !== null && typeof value === 'object' && Object.values(value).some(hasTensor));

function callError({ className, name }, what) {
  return new TypeError(
    `Error in Functional: the file calls the ${className} ${name} with ${what}, which tfjs cannot do`,
  );
}
