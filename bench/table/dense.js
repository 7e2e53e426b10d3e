import { workOf } from '../limits/limits.js';
import { denseReference, withBiasAndRelu6 } from '../shared/dense-reference.js';
import { formatShape } from '../shared/layers.js';
import { randomValues } from '../shared/reference.js';
import { measureRow } from './measure-row.js';

const KERNELS = {
  forward: 'Conv2D',
  fused: 'FusedConv2D',
  input: 'Conv2DBackpropInput',
  filter: 'Conv2DBackpropFilter',
};
/** V8 compiles each function once, at its first call, and the layers are many. */
const WARM_UP_MS = 20;

/**
 * Dense convolution: the plug-in for tfjs and tfjs's own kernels, in the memory of one backend. tfjs packs a filter at its first call and
 * keeps the packed weights by the data id, as in inference. In the pass 'changing' each call gets a filter with a new data id, as in training.
 */
export const denseSection = {
  id: 'dense',
  title: 'dense convolution',
  weight: 7,
  steps: ({ denseRows }) => denseRows,
  async measure(layer, { own, peers, passes, limitsModule, shareOfTime, progress }) {
    const { kernelOf, startPlugIns, TFJS } = await import('../shared/plug-in.js');
    const { rawCall, rawTensor } = await import('../shared/tfjs.js');
    const variants = own.map(({ id }) => id);
    const backend = await startPlugIns(variants);
    const sets = peers.some(({ id }) => id === TFJS) ? [...variants, TFJS] : variants;

    const values = randomValues(layer);
    const tensors = mapValues(values, (value) => rawTensor(backend, value));
    const names = { row: layer.name, shape: formatShape(layer) };
    const terms = layer.filterHeight * layer.filterWidth * layer.channels;
    const allPasses = passes.flatMap((pass) => (pass === 'forward' ? ['forward', 'changing'] : [pass]));
    const forward = denseReference(layer, 'forward', values);
    const known = { forward, changing: forward, fused: withBiasAndRelu6(forward, values) };
    const results = [];
    for (const pass of allPasses) {
      progress.pass(pass);
      const definition = pass === 'changing' ? 'forward' : pass;
      const { inputs, attrs } = callOf(layer, definition, tensors);
      const candidates = sets.map((id) => {
        const kernel = kernelOf(id, KERNELS[definition]);
        if (pass !== 'changing') return { id, run: rawCall(kernel, backend, inputs, attrs) };
        const changing = { ...inputs, filter: rawTensor(backend, values.filter) };
        const dispose = () => backend.disposeData(changing.filter.dataId);
        const renew = () => {
          dispose();
          changing.filter = rawTensor(backend, values.filter);
        };
        return { id, renew, dispose, run: rawCall(kernel, backend, changing, attrs) };
      });
      const allowed = { ...shareOfTime(allPasses.length * candidates.length), warmUpMs: WARM_UP_MS };
      const right = known[pass] ?? denseReference(layer, pass, values);
      const work = workOf(layer, definition);
      const row = await measureRow({ ...names, pass }, { work, candidates, right, limitsModule, allowed });
      results.push({ ...row, channels: layer.channels, terms });
      for (const { dispose } of candidates) dispose?.();
    }
    for (const { dataId } of Object.values(tensors)) backend.disposeData(dataId);
    return results;
  },
};

function callOf({ strides, dilations, pad }, pass, { x, filter, dy, bias }) {
  const attrs = { strides, dilations, pad, dataFormat: 'NHWC', dimRoundingMode: null };
  return {
    forward: { inputs: { x, filter }, attrs },
    fused: { inputs: { x, filter, bias }, attrs: { ...attrs, activation: 'relu6' } },
    input: { inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
    filter: { inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
  }[pass];
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));
}
