import { Command } from 'commander';
import { positive, positiveWhole } from '../shared/option-values.js';

/** { steps, batch, size, alpha, json }. Bad options end the process, with 1. */
export function readOptions(argv) {
  return new Command('npm run compare:train --')
    .description(
      'Trains MobileNetV1 with TensorFlow.js, on its cpu backend and on its wasm backend with this package, and compares.',
    )
    .option('--steps <count>', 'steps of training', positiveWhole, 10)
    .option('--batch <count>', 'pictures in a step', positiveWhole, 8)
    .option('--size <pixels>', 'height and width of a picture', positiveWhole, 96)
    .option('--alpha <factor>', 'width of the network', positive, 0.25)
    .option('--json', 'print JSON instead of the table')
    .parse(argv, { from: 'user' })
    .opts();
}
