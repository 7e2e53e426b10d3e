import { tf } from '../shared/tfjs.js';
import { networks } from './networks.js';
import { planOfModel } from '../../js/tfjs/compiled/plan-of-model.js';
import { compiledTraining } from '../../js/tfjs/compiled/train-function.js';
import { hookTraining } from '../../js/tfjs/training/hooks.js';

const CLASSES = 2;
const ADAM_LEARNING_RATE = 2e-5;
const optimizers = {
  sgd: (learningRate) => tf.train.sgd(learningRate),
  adam: () => tf.train.adam(ADAM_LEARNING_RATE),
};

/**
 * The ways to train that are compared. `compiled`: with this package, its training hooks and compilation. `hooks`: without compilation. `kernels`: with the kernels of this package only.
 * `cpu`: the cpu backend of tfjs.
 */
export const ways = {
  compiled: { title: 'compiled', backend: 'wasm', isHooked: true, compile: true },
  hooks: { title: 'hooks', backend: 'wasm', isHooked: true, compile: false },
  kernels: { title: 'no hooks', backend: 'wasm', isHooked: false, compile: false },
  cpu: { title: 'cpu', backend: 'cpu', isHooked: false, compile: false },
};

/**
 * Builds a network and trains it in one of the ways, with weights and pictures that are the same in each. registerKernels must have been
 * called.
 *
 * @param {keyof typeof ways} way
 * @param {{ network: keyof typeof networks, optimizer: keyof typeof optimizers, batch: number, size: number, alpha: number }} options
 */
export async function createTraining(way, { network, optimizer, batch, size, alpha }) {
  const { backend, isHooked, compile } = ways[way];
  const activate = async () => {
    if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
    const { undo } = hookTraining(tf, compile ? { compiledTraining } : {});
    if (!isHooked) undo();
  };
  await activate();
  const before = tf.memory();
  const { build, learningRate } = networks[network];
  const model = build({ size, alpha, classes: CLASSES });
  model.compile({ optimizer: optimizers[optimizer](learningRate), loss: 'categoricalCrossentropy' });
  const pictures = tf.randomUniform([batch, size, size, 3], -1, 1, 'float32', 7);
  const classes = tf.tidy(() => tf.cast(tf.oneHot(labels(batch), CLASSES), 'float32'));
  /** The tensors of this training between two steps; other trainings share tf.memory(). */
  const own = { tensors: 0, bytes: 0 };
  addGrowth(own, before);
  return {
    way,
    model,
    own,
    activate,
    /** Discards what compiled training has recorded. */
    forget() {
      const { plan } = planOfModel(tf, model);
      if (plan) plan.recordings = [];
    },
    /**
     * Trains one step. Returns the loss before it, when it started and ended, and the processor time that it took, in milliseconds. Call
     * `activate` first.
     */
    async step() {
      const before = tf.memory();
      const usage = process.cpuUsage();
      const start = performance.now();
      const loss = await model.trainOnBatch(pictures, classes);
      const end = performance.now();
      const { user, system } = process.cpuUsage(usage);
      addGrowth(own, before); // the first step creates the variables of the optimizer
      return { loss, start, end, milliseconds: end - start, processor: (user + system) / 1000 };
    },
  };
}

function addGrowth(own, { numTensors, numBytes }) {
  const after = tf.memory();
  own.tensors += after.numTensors - numTensors;
  own.bytes += after.numBytes - numBytes;
}

function labels(batch) {
  return tf.tensor1d(
    Array.from({ length: batch }, (_, i) => i % CLASSES),
    'int32',
  );
}
