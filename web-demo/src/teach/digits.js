import address from '../../../build/demo-data/digits.png?url';
import { download } from '../shared/download.js';
import { nextFrame } from '../shared/next-frame.js';
import { INK, PAPER } from './drawings.js';
import { SIZE } from './network.js';

/** The names of the classes. */
export const DIGITS = [...'0123456789'];

/** Side length of a digit in the file. The file contains a column for each digit. */
const SIDE = 28;

/**
 * Downloads the handwritten digits. They get the size and the colours of drawings, so that a network that trains on them recognizes drawings.
 *
 * @returns {Promise<import('./drawings.js').Picture[][]>} the pictures of each digit
 */
export async function downloadDigits() {
  const response = await download(address);
  const file = await createImageBitmap(await response.blob());
  const count = file.height / SIDE;
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: count * SIZE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.imageSmoothingQuality = 'high';
  const pictures = [];
  for (const digit of DIGITS.keys()) {
    context.drawImage(file, digit * SIDE, 0, SIDE, file.height, 0, 0, SIZE, canvas.height);
    const { data } = context.getImageData(0, 0, SIZE, canvas.height);
    const length = 4 * SIZE * SIZE;
    pictures.push(Array.from({ length: count }, (_, i) => coloured(data.subarray(i * length, (i + 1) * length))));
    await nextFrame(); // between two digits, the page stays responsive
  }
  return pictures;
}

/** @param {Uint8ClampedArray} grey RGBA */
function coloured(grey) {
  const picture = new Uint8ClampedArray(grey.length);
  for (let at = 0; at < grey.length; at += 4) {
    for (let c = 0; c < 3; ++c) picture[at + c] = PAPER[c] + (grey[at] / 255) * (INK[c] - PAPER[c]);
    picture[at + 3] = 255;
  }
  return picture;
}
