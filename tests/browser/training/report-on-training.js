import { registerKernels } from 'depthwise-wasm/tfjs';
import { countCalls } from '../../js/support/count-calls.js';
import { Net } from './net.js';

const STEPS = 5;

/** More than tfjs's memory begins with. */
const LARGE = 8 * 2 ** 20;

/** Trains the same net on tfjs's cpu backend, with kernels of its own, and on its wasm backend with ours, of the variant that is wanted. */
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
    cpu,
    wasm,
    calls,
    variant,
    threads: module.tfjs.getThreadsCount(),
    isMemoryShared: !(memory.buffer instanceof ArrayBuffer),
    hasMemoryGrown: memory.buffer.byteLength > byteLength,
  };
}

async function trainOn(backend, tf, tfl) {
  await useBackend(backend, tf);
  const net = new Net(tf, tfl);
  const losses = [];
  const memory = [];
  for (let step = 0; step < STEPS; ++step) {
    if (step === 2) tf.zeros([LARGE]).dispose(); // the memory grows, and views of it end
    losses.push(await net.train());
    const { numTensors, numBytes, numDataBuffers } = tf.memory();
    memory.push({ numTensors, numBytes, numDataBuffers, numDataIds: tf.backend().numDataIds() });
  }
  return { losses, memory, prediction: net.predict() };
}

async function useBackend(name, tf) {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend`);
}
