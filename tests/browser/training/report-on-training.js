import { registerKernels } from 'depthwise-wasm/tfjs';
import { countCalls } from '../../js/support/count-calls.js';
import { Random } from '../../js/support/random.js';
import { optimizers, train } from '../../js/support/tfjs-networks.js';

const STEPS = 5;

/** More than tfjs's memory at its start. */
const LARGE = 8 * 2 ** 20;
const WORKER_START_MILLISECONDS = 500;

/** Trains the same network on tfjs's cpu backend with tfjs's kernels, and on its wasm backend with ours of the wanted variant. */
export async function reportOnTraining(tf, tfl, wanted) {
  const cpu = await trainOn('cpu', tf, tfl);
  await useBackend('wasm', tf);
  const { kernels, variant } = await registerKernels(tf, { variant: wanted });
  const calls = countCalls(tf, 'wasm', kernels);
  const module = tf.backend().wasm;
  const memory = module.wasmMemory ?? module.asm.memory;
  const { byteLength } = memory.buffer;
  const wasm = await trainOn('wasm', tf, tfl);
  return {
    ...{ cpu, wasm, calls, variant, threads: module.tfjs.getThreadsCount() },
    parallel: await computeInParallel(tf),
    isMemoryShared: !(memory.buffer instanceof ArrayBuffer),
    hasMemoryGrown: memory.buffer.byteLength > byteLength,
  };
}

/** Computes a large tensor until the workers of the kernels run. Returns what registerKernels says of threads, and whether results were equal. */
async function computeInParallel(tf) {
  const x = tf.linspace(-2, 2, LARGE);
  const compute = () => {
    const y = tf.tanh(x); // not in tf.tidy, which would look for tensors in the result, value by value
    const values = y.dataSync().slice();
    y.dispose();
    return values;
  };
  const first = compute();
  await new Promise((resolve) => setTimeout(resolve, WORKER_START_MILLISECONDS));
  const areEqual = [1, 2, 3].every(() => compute().every((value, i) => value === first[i]));
  x.dispose();
  const { threads } = await registerKernels(tf);
  return { ...threads, areEqual };
}

async function trainOn(backend, tf, tfl) {
  await useBackend(backend, tf);
  const memory = [];
  const { losses } = await train({ tf, tfl }, 'every kernel', optimizers.momentum, {
    steps: STEPS,
    afterStep(step) {
      if (step === 1) tf.zeros([LARGE]).dispose(); // the memory grows, and older views of it are empty
      const { numTensors, numBytes, numDataBuffers } = tf.memory();
      memory.push({ numTensors, numBytes, numDataBuffers, numDataIds: tf.backend().numDataIds() });
    },
  });
  return { losses, memory, prediction: predict(tf) };
}

/** A depthwise convolution as in prediction: fused with a bias and relu6. */
function predict(tf) {
  const random = new Random('prediction');
  return tf.tidy(() => {
    const [x, filter] = [[2, 7, 6, 5], [3, 3, 5, 2]].map((shape) => tf.tensor(random.fractions(shape.reduce((a, b) => a * b)), shape)); // prettier-ignore
    const bias = tf.sub(tf.sqrt(tf.linspace(0, 4, 10)), 1); // no layer and no fused optimizer calls Sqrt
    const y = tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu6' });
    return Array.from(y.dataSync());
  });
}

async function useBackend(name, tf) {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend`);
}
