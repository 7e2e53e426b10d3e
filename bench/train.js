import { Command, Option } from 'commander';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { machine, positive, positiveWhole } from './shared/command-line.js';
import { median } from './shared/numbers.js';
import { tf } from './shared/tfjs.js';
import { createSpeedometer } from './train/machine-speed.js';
import { measureMemory } from './train/memory.js';
import { networks } from './train/networks.js';
import { profileSteps } from './train/profile.js';
import { finalReport, headLines, profileReport, stepLine } from './train/report.js';
import { stepLimit, stepWork } from './train/step-limit.js';
import { createTraining } from './train/training.js';

// npm run compare:train: steps of training of a network with tfjs and this package: compiled, with the training hooks, without them, and on the
// cpu backend of tfjs.

/** Relative difference of the losses. Sums in another order, amplified by some steps, stay below. */
const TOLERANCE = 1e-2;
const STEPS = 30;
/** A step on the cpu backend takes seconds. */
const STEPS_WITH_CPU = 5;
const MAX_PROFILED_STEPS = 20;

const given = new Command('npm run compare:train --')
  .description(
    'Trains a network with TensorFlow.js on its wasm backend with this package: compiled, with the training hooks, and without them. Compares losses, times and memory.',
  )
  .addOption(new Option('--network <name>', 'the network').choices(Object.keys(networks)).default('v1'))
  .addOption(new Option('--optimizer <name>', 'the optimizer').choices(['sgd', 'adam']).default('sgd'))
  .option('--steps <count>', `steps of training (default: ${STEPS}, with --cpu ${STEPS_WITH_CPU})`, positiveWhole)
  .option('--batch <count>', 'pictures in a step', positiveWhole, 8)
  .option('--size <pixels>', 'height and width of a picture', positiveWhole, 96)
  .option('--alpha <factor>', 'width of the network (default: depends on the network)', positive)
  .option('--cpu', "train on tfjs's cpu backend, too; this takes minutes")
  .option(
    '--threads',
    'compare compiled steps of MobileNetV1 of two sizes on one thread and on several instead; of the options: optimizer, steps, batch',
  )
  .option('--profile', 'measure each kernel inside a step')
  .option('--json', 'print JSON instead of the tables')
  .parse()
  .opts();
const { title, alpha } = networks[given.network];
const options = { alpha, steps: given.cpu ? STEPS_WITH_CPU : STEPS, ...given };

if (given.threads) {
  tf.enableProdMode(); // no advertisement
  const { compareThreads } = await import('./threads/training.js');
  await compareThreads({ ...options, print: console.log });
  process.exit(0); // the threads of tfjs would keep the process alive
}

// Worker threads would keep the process alive; and the limit is that of one thread.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
tf.enableProdMode(); // no advertisement
await tf.setBackend('wasm');
const { kernels } = await registerKernels(tf);

const print = (text) => (options.json ? process.stderr : process.stdout).write(`${text}\n`);
const trained = ['compiled', 'hooks', 'kernels', ...(options.cpu ? ['cpu'] : [])];
for (const line of headLines({ ...options, title, kernels: kernels.length, trained })) print(line);

const trainings = [];
for (const way of trained) trainings.push(await createTraining(way, options));
const speedometer = await createSpeedometer();
const steps = [];
/** The memory of each training after its first step, which creates the variables of the optimizer. */
let early;
for (let number = 1; number <= options.steps; ++number) {
  const results = [];
  for (const training of trainings) {
    await training.activate();
    await speedometer.measure();
    const { loss, milliseconds, processor } = await training.step();
    results.push({ loss, milliseconds, processor });
  }
  print(stepLine(number, results));
  steps.push(results);
  early ??= trainings.map(({ own }) => own.bytes);
}

const speeds = speedometer.speeds();
const work = stepWork(trainings[0].model, options.batch, options.optimizer);
const profiledSteps = Math.min(options.steps, MAX_PROFILED_STEPS);
const reports = [];
for (const [i, training] of trainings.entries()) {
  const timed = steps.map((results) => results[i]).slice(Math.min(1, steps.length - 1));
  const times = timed.map(({ milliseconds }) => milliseconds);
  const report = {
    ...{ way: training.way, fastest: Math.min(...times), median: median(times) },
    processor: Math.min(...timed.map(({ processor }) => processor)),
    growth: training.own.bytes - early[i],
  };
  reports.push(report);
  if (training.way === 'cpu') continue;
  await training.activate();
  report.memory = await measureMemory(training);
  if (options.profile) report.profile = await profileSteps(training, { steps: profiledSteps, speeds });
}

const difference = largestDifference(steps);
const result = {
  ...{ ok: difference <= TOLERANCE, tolerance: TOLERANCE, difference },
  ...{ limit: stepLimit(work, speeds), work, speeds, trainings: reports },
  ...{ kernels, tfjs: tf.version_core, node: process.versions.node, cpu: machine().cpu, options, steps },
};
if (options.json) {
  console.log(JSON.stringify(result, null, 2));
} else {
  console.log(finalReport(result).join('\n'));
  for (const { way, profile } of reports)
    if (profile) console.log(profileReport(way, result.limit, profile).join('\n'));
}
process.exit(result.ok ? 0 : 1);

/** Returns the largest difference of a loss from that of the last training, relative to it. */
function largestDifference(steps) {
  const differences = steps.flatMap((results) => {
    const right = results.at(-1).loss;
    return results.map(({ loss }) => Math.abs(loss - right) / Math.abs(right));
  });
  // Not Math.max alone, so that NaN is a difference.
  return differences.every(Number.isFinite) ? Math.max(...differences) : Infinity;
}
