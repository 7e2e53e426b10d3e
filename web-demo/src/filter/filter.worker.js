import { transfer } from 'comlink';
import { load } from 'depthwise-wasm';
import { serve } from '../shared/worker.js';
import { Learner } from './learner.js';
import { CHANNELS, makeTask, pixelsOf, standardized } from './task.js';

/** @type {import('depthwise-wasm').Depthwise} */
let dw;
/** @type {{ task: ReturnType<typeof makeTask>, learner: Learner, colours: any[], isZeroGrey: boolean, steps: number, milliseconds: number } | undefined} */
let current;

/** @typedef {typeof api} Api */

const api = {
  async load() {
    dw = await load();
    return dw.variant;
  },

  /**
   * Creates a task and a layer with random weights.
   *
   * @param {import('./task.js').Settings} settings
   * @param {{ pixels: Uint8ClampedArray, size: number }} picture
   */
  prepare(settings, { pixels, size }) {
    current?.learner.dispose();
    current = undefined;
    const { values, colours } = standardized(pixels);
    const task = makeTask(settings, { values, size });
    const learner = new Learner(dw, { values, ...task });
    const isZeroGrey = Math.abs(task.kernel.reduce((sum, weight) => sum + weight, 0)) < 0.5;
    current = { task, learner, colours, isZeroGrey, steps: 0, milliseconds: 0 };
    return { kernel: task.kernel, target: image(task.target), state: state() };
  },

  /** @param {number} steps */
  learn(steps) {
    if (!current) throw new Error('The worker has no task. Call prepare() first.');
    const start = performance.now();
    for (let i = 0; i < steps; ++i) current.learner.step();
    current.milliseconds += performance.now() - start;
    current.steps += steps;
    return state();
  },
};

/** Returns the progress of the learning, with the output as an image. */
function state() {
  const { task, learner, steps, milliseconds } = /** @type {NonNullable<typeof current>} */ (current);
  const { kernel } = learner;
  return {
    ...{ steps, milliseconds, kernel },
    loss: learner.loss(),
    difference: Math.max(...kernel.map((weight, i) => Math.abs(weight - task.kernel[i]))),
    output: image(learner.output()),
  };
}

/** @param {Float32Array} values */
function image(values) {
  const { task, colours, isZeroGrey } = /** @type {NonNullable<typeof current>} */ (current);
  const pixels = pixelsOf(values, colours, isZeroGrey);
  const [, height, width] = task.targetShape;
  if (pixels.length !== height * width * 4 || values.length % CHANNELS)
    throw new Error('The output has a wrong shape.');
  return transfer({ pixels, width, height }, [pixels.buffer]);
}

serve(api);
