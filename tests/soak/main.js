// npm run soak: a million random calls of the module, of the kernels in TensorFlow.js, and of these kernels on threads; and steps of training.
import { Command, InvalidArgumentError, Option } from 'commander';
import ora from 'ora';

import { soakModule } from './soak-module.js';
import { soakTfjs } from './soak-tfjs.js';
import { soakThreads } from './soak-threads.js';
import { soakTraining } from './soak-training.js';

const targets = { module: soakModule, tfjs: soakTfjs, threads: soakThreads, training: soakTraining };

/** A step of training takes as long as ten or more calls. */
const CALLS_OF_A_STEP = 10;

const options = new Command('npm run soak --')
  .description(
    'Makes random calls, valid and invalid, and checks the results, the number of tensors and that memory does not grow.',
  )
  .addOption(new Option('--target <name>', 'the module to call').choices(Object.keys(targets)))
  .option(
    '--calls <number>',
    'the number of calls for each target; training makes a tenth as many steps',
    wholeNumber,
    1_000_000,
  )
  .option('--seed <number>', 'the seed of the random numbers', wholeNumber, 1)
  .parse()
  .opts();

for (const [name, soak] of Object.entries(targets)) {
  if (options.target && options.target !== name) continue;
  const { seed } = options;
  const isTraining = name === 'training';
  const calls = isTraining ? Math.ceil(options.calls / CALLS_OF_A_STEP) : options.calls;
  const unit = isTraining ? 'steps' : 'calls';
  const spinner = ora(name).start();
  const say = (done, heapBytes) => (spinner.text = `${name}: ${done} ${unit}, ${megabytes(heapBytes)}`);
  try {
    const heapBytes = await soak({ calls, seed, say });
    spinner.succeed(
      `${name}: ${calls} ${unit} from seed ${seed}; no trap, no leak, the memory stays at ${megabytes(heapBytes)}`,
    );
  } catch (error) {
    spinner.fail(`${name}, seed ${seed}: ${error.message}`);
    console.error(error.cause ?? error);
    process.exitCode = 1;
  }
}

function megabytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

function wholeNumber(text) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return number;
}
