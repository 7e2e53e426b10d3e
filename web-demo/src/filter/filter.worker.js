import { transfer } from 'comlink';
import { load } from 'depthwise-wasm';
import { serve } from '../shared/worker-side.js';
import { Learner } from './learner.js';
import { pixelsOf, standardized } from './standardized.js';
import { CHANNELS, makeTask } from './task.js';

/** @type {import('depthwise-wasm').Depthwise} */
let dw;
/** @type {{ task: ReturnType<typeof makeTask>, learner: Learner, colours: any[], isAroundGrey: boolean, steps: number, milliseconds: number } | undefined} */
let run;

/** @typedef {typeof api} Api */

const api = {
  async load() {
    dw = await load();
    return dw.variant;
  },

  /**
   * A new task, and a layer that knows nothing yet.
   *
   * @param {import('./task.js').Settings} settings
   * @param {{ pixels: Uint8ClampedArray, size: number }} picture
   */
  prepare(settings, { pixels, size }) {
    run?.learner.dispose();
    run = undefined;
    const { values, colours } = standardized(pixels);
    const task = makeTask(settings, { values, size });
    const learner = new Learner(dw, { values, ...task });
    const isAroundGrey = Math.abs(task.kernel.reduce((sum, weight) => sum + weight, 0)) < 0.5;
    run = { task, learner, colours, isAroundGrey, steps: 0, milliseconds: 0 };
    return { kernel: task.kernel, target: image(task.target), state: state() };
  },

  /** @param {number} steps */
  learn(steps) {
    if (!run) throw new Error('there is no task');
    const start = performance.now();
    for (let i = 0; i < steps; ++i) run.learner.step();
    run.milliseconds += performance.now() - start;
    run.steps += steps;
    return state();
  },
};

/** How far the learning is, with what there is to see. */
function state() {
  const { task, learner, steps, milliseconds } = /** @type {NonNullable<typeof run>} */ (run);
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
  const { task, colours, isAroundGrey } = /** @type {NonNullable<typeof run>} */ (run);
  const pixels = pixelsOf(values, colours, isAroundGrey);
  const [, height, width] = task.targetShape;
  if (pixels.length !== height * width * 4 || values.length % CHANNELS) throw new Error('the output has another shape');
  return transfer({ pixels, width, height }, [pixels.buffer]);
}

serve(api);
