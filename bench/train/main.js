import os from 'node:os';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { median } from '../shared/statistics.js';
import { readOptions } from './options.js';
import { finalReport, headLines, stepLine } from './report.js';
import { createTrainee, tf } from './trainee.js';

/** Relative. Beyond this, the two have not computed the same; sums in another order, amplified by ten steps, stay below. */
const TOLERANCE = 1e-2;

const options = readOptions(process.argv.slice(2));
tf.enableProdMode(); // quiet
const say = (text) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);

await tf.setBackend('wasm');
const { kernels } = await registerKernels(tf);
for (const line of headLines(options, kernels)) say(line);
const [cpu, wasm] = [await createTrainee('cpu', options), await createTrainee('wasm', options)];

const steps = [];
let before;
for (let number = 1; number <= options.steps; ++number) {
  process.stderr.write(process.stderr.isTTY ? `\rstep ${number}: on cpu …` : '');
  const step = { cpu: await cpu.step(), wasm: await wasm.step() };
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
  steps.push(step);
  say(stepLine(number, step));
  before ??= tf.memory(); // the first step makes what the optimizer keeps
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
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  options,
  steps,
};
console.log(options.json ? JSON.stringify(result, null, 2) : finalReport(result, TOLERANCE));
process.exit(result.ok ? 0 : 1);
