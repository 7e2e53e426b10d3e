import { Graph, fuseActivations } from './graph.js';
import { callsOf, isModel } from './layers.js';

/**
 * Returns the graph that computes the outputs of a model of tfjs-layers in training, all layers and models that it consists of, and
 * the layers that it cannot describe. The graph is complete only if there are no such layers.
 *
 * @param {any} tf
 * @param {any} model
 * @returns {{ graph: Graph, layers: any[], unknown: any[] }}
 */
export function graphOfModel(tf, model) {
  const graph = new Graph();
  const [layers, unknown] = [new Set([model]), new Set()];
  graph.inputs = model.inputs.map(() => graph.value());
  graph.outputs = addModel(model, graph.inputs);
  fuseActivations(graph);
  return { graph, layers: [...layers], unknown: [...unknown] };

  /** Adds the calls of a model, which may be a layer of another model. Returns the values of its outputs. */
  function addModel({ inputs, outputs }, values) {
    const valueOf = new Map(inputs.map(({ id }, i) => [id, values[i]]));
    return outputs.map(visit);

    /**
     * Returns the value of a symbolic tensor. Adds the calls of its layer after those of the layers before it. tfjs computes the last
     * input first; the order matters if a batch normalization is used twice.
     */
    function visit(tensor) {
      if (!valueOf.has(tensor.id)) {
        const inputs = [...tensor.inputs].reverse().map(visit).reverse();
        valueOf.set(tensor.id, addLayer(tensor, inputs));
      }
      return valueOf.get(tensor.id);
    }
  }

  /** Adds the calls of the layer that computes a symbolic tensor, and returns the value of the tensor. */
  function addLayer({ sourceLayer: layer, outputTensorIndex = 0, inputs, shape }, values) {
    layers.add(layer);
    if (isModel(tf, layer)) return addModel(layer, values)[outputTensorIndex];
    const value = callsOf(tf, graph, layer, values, { inputShapes: inputs.map(({ shape }) => shape), shape });
    if (!value) unknown.add(layer);
    return value ?? graph.value();
  }
}
