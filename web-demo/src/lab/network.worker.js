import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers'; // also registers gradients, which registerKernels() must replace
import { registerKernels } from 'depthwise-wasm/tfjs';
import { mobilenetV1, mobilenetV2 } from '../../../bench/shared/networks.js';
import { serve } from '../shared/worker.js';
import { createNetwork } from '../teach/network.js';
import { REST, recordKernels } from './kernel-times.js';
import { clockStep, sampleLength } from './measure.js';
import { networkOf } from './networks.js';
import { startTfjs } from './tfjs-backend.js';
import { problemOfThreads, splitId, threadsText } from './threads.js';

// One backend, on one number of threads, with one network. Each backend runs in a worker of its own, because this package changes the wasm backend of its worker.

const CLASSES = 3;
/** It is small, so that the weights stay near their first values in all measured steps. */
const LEARNING_RATE = 1e-6;

/** Creates the network: with the same weights in each worker. */
const builders = {
  'network/teach': () => createNetwork(tfl, { seed: 1, classes: CLASSES }),
  'network/mobilenet-v1': ({ size, alpha }) => mobilenetV1({ size, alpha, classes: CLASSES }),
  'network/mobilenet-v2': ({ size, alpha }) => mobilenetV2({ size, alpha, classes: CLASSES }),
};

/** @type {any} */
let model;
/** @type {Record<string, { run: () => Promise<any>, first: () => Promise<{ shape: number[], data: Float32Array }> }>} by pass */
let passes;
let finish = async () => {};

const api = {
  /** Starts a backend and creates a network. @param {string} id of the backend @param {string} network its name */
  async start(id, network) {
    const { name: backend, threads: wanted } = splitId(id);
    const variant = /** @type {any} */ ({ simd: 'simd', 'relaxed-simd': 'relaxed-simd' })[backend];
    const started = await startTfjs(variant ? 'wasm' : /** @type {any} */ (backend.replace('tfjs-', '')), wanted);
    const { version } = started;
    let { runsOn, problem } = started;
    if (variant) {
      const { threads } = await registerKernels(tf, { variant, compile: true, threads: wanted });
      runsOn = `${variant}, ${threadsText(threads.count)}`;
      problem = problemOfThreads(wanted, threads);
    }
    finish = started.finish ?? finish;
    createPasses(networkOf(network));
    return { version, runsOn, problem };
  },

  /** Returns the step of the clock and the length of a sample, in milliseconds. */
  clock() {
    const step = clockStep();
    return { step, sampleLength: sampleLength(step) };
  },

  /** Returns whether the backend can compute a pass. @param {string} pass */
  has: (pass) => pass === 'predict' || Boolean(tf.getKernel('Conv2DBackpropFilter', tf.getBackend())),

  /** Makes the first call. Returns its time and its result. @param {string} pass */
  async first(pass) {
    const start = performance.now();
    const result = await passes[pass].first();
    return { elapsed: performance.now() - start, ...result };
  },

  /** Makes calls for this time, at least one. @param {string} pass @param {number} time */
  async warmUp(pass, time) {
    let calls = 0;
    let elapsed = 0;
    const start = performance.now();
    while (elapsed < time) {
      await passes[pass].run();
      await finish();
      ++calls;
      elapsed = performance.now() - start;
    }
    return { calls, elapsed };
  },

  /** Returns the mean time of some calls. @param {string} pass @param {number} calls */
  async sample(pass, calls) {
    await finish();
    const start = performance.now();
    for (let i = 0; i < calls; ++i) await passes[pass].run();
    await finish();
    return (performance.now() - start) / calls;
  },

  /**
   * Returns the time of each layer in one call. A GPU computes after its kernels return, so its layers have no times.
   *
   * @param {string} pass
   * @param {number} time for all calls
   */
  async layerTimes(pass, time) {
    const recorder = recordKernels(tf, tf.getBackend());
    /** @type {Map<string, { layer: string, spec?: string, calls: number, milliseconds: number }>} the sums */
    const layers = new Map();
    let runs = 0;
    try {
      await passes[pass].run(); // the engine of the browser compiles the new functions
      recorder.take();
      const end = performance.now() + time;
      do {
        const start = performance.now();
        await passes[pass].run();
        const whole = performance.now() - start;
        const rows = recorder.take();
        const inKernels = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
        for (const { milliseconds, ...row } of [...rows, { layer: REST, calls: 0, milliseconds: whole - inKernels }]) {
          const before = layers.get(row.layer)?.milliseconds ?? 0;
          layers.set(row.layer, { ...row, milliseconds: before + milliseconds });
        }
        ++runs;
      } while (performance.now() < end);
    } finally {
      recorder.stop();
    }
    // Means: the clock of a browser is coarse, and a median of rounded times is 0.
    return [...layers.values()].map(({ milliseconds, ...row }) => ({
      ...row,
      milliseconds: Math.max(0, milliseconds / runs),
    }));
  },
};

/** @typedef {typeof api} Api */

function createPasses(network) {
  const { size, batch } = network;
  model = builders[network.name](network);
  const picture = tf.randomUniform([1, size, size, 3], -1, 1, 'float32', 5);
  const pictures = tf.randomUniform([batch, size, size, 3], -1, 1, 'float32', 7);
  const indices = Array.from({ length: batch }, (_, i) => i % CLASSES);
  const labels = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(indices, 'int32'), CLASSES), 'float32'));
  const compile = (/** @type {number} */ learningRate) =>
    model.compile({ optimizer: tf.train.sgd(learningRate), loss: 'categoricalCrossentropy' });
  passes = {
    predict: {
      run: async () => model.predictOnBatch(picture).dispose(),
      /** Returns the inputs of the last layer. Its own results are probabilities, which are nearly 0 and 1 for random weights. */
      async first() {
        const features = tfl.model({ inputs: model.inputs, outputs: model.layers.at(-2).output });
        const y = /** @type {tf.Tensor} */ (features.predictOnBatch(picture));
        const data = await y.data();
        y.dispose();
        return { shape: y.shape, data: /** @type {Float32Array} */ (data) };
      },
    },
    train: {
      run: () => model.trainOnBatch(pictures, labels),
      /** Returns the gradients of all weights: a step with the learning rate 1 subtracts them. */
      async first() {
        const zero = tf.scalar(0);
        const copies = (/** @type {boolean} */ trainable) => tf.tidy(() => model.getWeights(trainable).map((weight) => tf.add(weight, zero))); // prettier-ignore
        const [all, before] = [copies(false), copies(true)];
        compile(1);
        await model.trainOnBatch(pictures, labels);
        const gradients = tf.tidy(() => model.getWeights(true).map((weight, i) => tf.sub(before[i], weight)));
        const parts = await Promise.all(gradients.map((gradient) => gradient.data()));
        model.setWeights(all);
        tf.dispose([zero, all, before, gradients]);
        compile(LEARNING_RATE);
        const data = Float32Array.from(parts.flatMap((part) => [...part]));
        return { shape: [data.length], data };
      },
    },
  };
}

serve(api);
