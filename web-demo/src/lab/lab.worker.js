import { load } from 'depthwise-wasm';
import { randomValues, reference } from '../../../bench/shared/reference.js';
import { serve } from '../shared/worker.js';
import { clockStep, sampleLength, timedCall } from './measure.js';
import { problemOfThreads, splitId, threadsText } from './threads.js';

// One backend, on one number of threads. TensorFlow.js is downloaded only when the user selects it.

/** @type {any} */
let backend;
/** The tensors and the calls of the current pass. @type {{ dispose: () => void, call?: ReturnType<typeof timedCall> } | undefined} */
let prepared;

const api = {
  /** Starts a backend. Returns its version and what it runs on. @param {string} id */
  async start(id) {
    const { name, threads } = splitId(id);
    backend = name.startsWith('tfjs-')
      ? await (await import('./tfjs-backend.js')).tfjsBackend(/** @type {any} */ (name.replace('tfjs-', '')), threads)
      : await packageBackend(/** @type {any} */ (name), threads);
    const { version, runsOn, problem } = backend;
    return { version, runsOn, problem: problem() };
  },

  /** Returns the step of the clock and the length of a sample, in milliseconds. */
  clock() {
    const step = clockStep();
    return { step, sampleLength: sampleLength(step) };
  },

  /** Returns the right result of a pass. @param {any} layer in the form of bench/shared/layers.js @param {string} pass */
  reference: (layer, pass) => reference(layer, pass, randomValues(layer)),

  /** Creates the tensors of a pass. Returns whether the backend has its kernel, or a problem. @param {any} layer @param {string} pass */
  async prepare(layer, pass) {
    prepared?.dispose();
    prepared = undefined;
    try {
      const { calls, dispose } = await backend.prepare(layer, randomValues(layer));
      const call = calls[pass] && timedCall(calls[pass], { finish: backend.finish });
      prepared = { dispose, call };
      return { has: Boolean(call) };
    } catch (error) {
      return { has: false, problem: /** @type {Error} */ (error).message };
    }
  },

  first: () => current().first(),
  /** @param {number} time */
  warmUp: (time) => current().warmUp(time),
  /** @param {number} calls */
  sample: (calls) => current().sample(calls),

  /** Returns why the backend does not compute on the wanted number of threads, if so: workers start with the first large call. */
  problem: () => backend.problem(),
};

/** @typedef {typeof api} Api */

function current() {
  return /** @type {ReturnType<typeof timedCall>} */ (prepared?.call);
}

/** This package. @param {'simd' | 'relaxed-simd'} variant @param {number} [threads] */
async function packageBackend(variant, threads) {
  const dw = await load({ variant, threads });
  return {
    runsOn: `${dw.variant}, ${threadsText(dw.threads.count)}`,
    problem: () => problemOfThreads(threads, dw.threads),
    /** @param {any} layer @param {any} values @returns {{ calls: any, dispose: () => void }} */
    prepare({ strides, dilations, pad }, values) {
      const tensors = ['x', 'filter', 'dy'].map((name) => dw.tensor(values[name].data, values[name].shape));
      const [x, filter, dy] = tensors;
      const attrs = { strides, dilations, pad };
      const inputAttrs = { ...attrs, inputShape: x.shape };
      const filterAttrs = { ...attrs, filterShape: filter.shape };
      return {
        calls: {
          forward: () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
          input: () => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: inputAttrs }),
          filter: () => dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: filterAttrs }),
        },
        dispose: () => tensors.forEach((tensor) => tensor.dispose()),
      };
    },
  };
}

serve(api);
