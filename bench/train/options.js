import { Command, InvalidArgumentError } from 'commander';

/** { steps, batch, size, alpha, json }. Bad options end the process, with 1. */
export function readOptions(argv) {
  return new Command('npm run compare:train --')
    .description(
      'Trains MobileNetV1 with TensorFlow.js, on its cpu backend and on its wasm backend with this package, and compares.',
    )
    .option('--steps <count>', 'steps of training', whole, 10)
    .option('--batch <count>', 'pictures in a step', whole, 8)
    .option('--size <pixels>', 'height and width of a picture', whole, 96)
    .option('--alpha <factor>', 'width of the network', positive, 0.25)
    .option('--json', 'print JSON instead of the table')
    .parse(argv, { from: 'user' })
    .opts();
}

function positive(text) {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

function whole(text) {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}
