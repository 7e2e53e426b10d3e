import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { Command } from 'commander';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { machine, positive, positiveWhole } from './shared/command-line.js';
import { mobilenetV1 } from './shared/networks.js';
import { median } from './shared/numbers.js';

// npm run compare:train: steps of training of MobileNetV1 with tfjs, on its cpu backend and on its wasm backend with this package.

/** Relative difference of the losses. Sums in another order, amplified by ten steps, stay below. */
const TOLERANCE = 1e-2;
const CLASSES = 2;
/**
 * Small, because the first gradients of this network are large (their norm is about 100): with a larger rate, a rounding error in one step
 * is a visible difference two steps later, on any two backends.
 */
const LEARNING_RATE = 2e-5;

const options = new Command('npm run compare:train --')
  .description(
    'Trains MobileNetV1 with TensorFlow.js, on its cpu backend and on its wasm backend with this package, and compares.',
  )
  .option('--steps <count>', 'steps of training', positiveWhole, 10)
  .option('--batch <count>', 'pictures in a step', positiveWhole, 8)
  .option('--size <pixels>', 'height and width of a picture', positiveWhole, 96)
  .option('--alpha <factor>', 'width of the network', positive, 0.25)
  .option('--json', 'print JSON instead of the table')
  .parse()
  .opts();

setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
// Worker threads would keep the process alive; and the cpu backend uses one thread too.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
tf.enableProdMode(); // no advertisement
const print = (text) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);

await activate('wasm');
const { kernels } = await registerKernels(tf);
for (const line of headLines()) print(line);
const [cpu, wasm] = [await createTraining('cpu'), await createTraining('wasm')];

const steps = [];
let before;
for (let number = 1; number <= options.steps; ++number) {
  process.stderr.write(process.stderr.isTTY ? `\rstep ${number}: on cpu …` : '');
  const step = { cpu: await cpu.step(), wasm: await wasm.step() };
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  steps.push(step);
  print(stepLine(number, step));
  before ??= tf.memory(); // the first step creates the variables of the optimizer
}

const times = (name) => steps.map((step) => step[name].milliseconds).slice(Math.min(1, steps.length - 1));
const difference = Math.max(...steps.map(({ cpu, wasm }) => Math.abs(cpu.loss - wasm.loss) / Math.abs(cpu.loss)));
const result = {
  ok: difference <= TOLERANCE,
  milliseconds: { cpu: median(times('cpu')), wasm: median(times('wasm')) },
  difference,
  memory: { before, after: tf.memory() },
  kernels,
  tfjs: tf.version_core,
  node: process.versions.node,
  cpu: machine().cpu,
  options,
  steps,
};
console.log(options.json ? JSON.stringify(result, null, 2) : finalReport(result));
process.exit(result.ok ? 0 : 1);

/** Builds the network on a backend, with weights and pictures that are the same on each. */
async function createTraining(backend) {
  const { batch, size, alpha } = options;
  await activate(backend);
  const model = mobilenetV1({ size, alpha, classes: CLASSES });
  model.compile({ optimizer: tf.train.sgd(LEARNING_RATE), loss: 'categoricalCrossentropy' });
  const pictures = tf.randomUniform([batch, size, size, 3], -1, 1, 'float32', 7);
  const classes = tf.tidy(() => tf.cast(tf.oneHot(labels(batch), CLASSES), 'float32'));
  return {
    /** Trains one step. Returns the loss before it, and its milliseconds. */
    async step() {
      await activate(backend);
      const start = performance.now();
      const loss = await model.trainOnBatch(pictures, classes);
      return { loss, milliseconds: performance.now() - start };
    },
  };
}

function labels(batch) {
  return tf.tensor1d(
    Array.from({ length: batch }, (_, i) => i % CLASSES),
    'int32',
  );
}

async function activate(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
}

function column(text) {
  return text.padStart(12);
}

function headLines() {
  const { batch, size, alpha } = options;
  return [
    `MobileNetV1 α ${alpha}, ${size}×${size}, batch ${batch}: each step of training first on tfjs's cpu backend, then on its wasm`,
    `backend with the kernels of this package: ${kernels.join(', ')}.`,
    '',
    ['step', 'loss, cpu', 'loss, wasm', 'cpu', 'wasm', '×'].map(column).join(''),
  ];
}

function stepLine(number, { cpu, wasm }) {
  const ratio = cpu.milliseconds / wasm.milliseconds;
  const losses = [cpu.loss, wasm.loss].map((loss) => loss.toFixed(6));
  const times = [cpu.milliseconds, wasm.milliseconds].map((time) => `${time.toFixed(0)} ms`);
  return [String(number), ...losses, ...times, ratio.toFixed(1)].map(column).join('');
}

function finalReport({ ok, milliseconds, difference, memory, tfjs, node, cpu }) {
  const { before, after } = memory;
  const megabytes = ({ numBytes }) => `${(numBytes / 2 ** 20).toFixed(1)} MB`;
  return [
    '',
    `Median step: cpu ${milliseconds.cpu.toFixed(0)} ms, wasm with this package ${milliseconds.wasm.toFixed(0)} ms: ${(milliseconds.cpu / milliseconds.wasm).toFixed(0)} times as fast.`,
    `Largest relative difference between the losses: ${difference.toExponential(1)}${ok ? '' : `, more than ${TOLERANCE}`}.`,
    `tfjs's tensors after the first step ${before.numTensors} (${megabytes(before)}), after the last ${after.numTensors} (${megabytes(after)}).`,
    `${cpu} · Node ${node} · tfjs ${tfjs}. The medians do not include the first step, which warms up.`,
  ].join('\n');
}
