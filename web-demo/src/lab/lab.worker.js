import { load } from 'depthwise-wasm';
// load() loads once. The query creates a second module with its own load(), for the second variant.
// @ts-expect-error: TypeScript does not resolve queries
import { load as loadSecond } from '../../../js/index.js?relaxed';
import { randomValues, reference } from '../../../bench/shared/reference.js';
import { serve } from '../shared/worker.js';
import { clockStep, measure, sampleLength, timedCall } from './measure.js';

// All backends run in this worker: on one thread, one at a time.

/** Creates a backend. TensorFlow.js is downloaded only when the user selects it. */
const creators = {
  simd: () => packageBackend(load, 'simd'),
  'relaxed-simd': () => packageBackend(loadSecond, 'relaxed-simd'),
  'tfjs-wasm': async () => (await import('./tfjs-backend.js')).tfjsBackend('wasm'),
  'tfjs-cpu': async () => (await import('./tfjs-backend.js')).tfjsBackend('cpu'),
  'tfjs-webgl': async () => (await import('./tfjs-backend.js')).tfjsBackend('webgl'),
  'tfjs-webgpu': async () => (await import('./tfjs-backend.js')).tfjsBackend('webgpu'),
};

/** @type {Record<string, any>} the started backends by id */
const backends = {};

serve({
  /** Starts a backend. Returns its version and what it runs on. @param {string} id */
  async start(id) {
    backends[id] ??= await creators[id]();
    const { version, runsOn } = backends[id];
    return { id, version, runsOn };
  },

  /** Returns the step of the clock and the length of a sample, in milliseconds. */
  clock() {
    const step = clockStep();
    return { step, sampleLength: sampleLength(step) };
  },

  /**
   * Measures one pass of a layer.
   *
   * @param {any} layer in the form of bench/shared/layers.js
   * @param {string} pass
   * @param {string[]} ids of started backends
   * @param {{ time: number, sampleLength: number }} options of `measure`
   * @param {(fraction: number) => void} report
   */
  async measure(layer, pass, ids, options, report) {
    const values = randomValues(layer);
    const prepared = [];
    try {
      const candidates = [];
      for (const id of ids) {
        candidates.push({ id, ...(await prepare(backends[id], layer, pass, values, prepared)) });
      }
      const expected = reference(layer, pass, values);
      return await measure(candidates, expected, { ...options, report: throttled(report) });
    } finally {
      for (const { dispose } of prepared) dispose();
    }
  },
});

/** This package. @param {typeof load} loadModule @param {'simd' | 'relaxed-simd'} variant */
async function packageBackend(loadModule, variant) {
  const dw = await loadModule({ variant });
  return {
    runsOn: dw.variant,
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

async function prepare(backend, layer, pass, values, prepared) {
  try {
    const ready = await backend.prepare(layer, values);
    prepared.push(ready);
    const run = ready.calls[pass];
    return run ? { call: timedCall(run, { finish: backend.finish }) } : {};
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** Limits the messages to the page to ten per second, because each message disturbs the measurement. */
function throttled(report) {
  let last = 0;
  return (fraction) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    report(fraction);
  };
}
