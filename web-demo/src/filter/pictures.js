/** The side of every picture that the layer learns from. */
export const SIZE = 160;

/**
 * The page's own pictures, painted when they are wanted. A filter can only be found in a picture that has everything it answers to, so these
 * have smooth parts, edges in all directions and a grain.
 *
 * @type {Record<string, (context: CanvasRenderingContext2D) => void>}
 */
const painters = { landscape, letters };

export const ownPictures = Object.keys(painters);

/** @param {string} name @returns {ImageData} */
export function paintedPicture(name) {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  painters[name](context);
  const image = context.getImageData(0, 0, SIZE, SIZE);
  addGrain(image.data);
  return image;
}

/** @param {CanvasRenderingContext2D} context */
function landscape(context) {
  const horizon = 104;
  fill(context, gradient(context, 0, horizon, ['#27408f', '#d9788a', '#ffd08a']), 0, 0, SIZE, horizon);
  disc(context, '#fff3c9', 112, 78, 17);
  ridge(context, '#6b4d7e', 82, 15, 0.055);
  ridge(context, '#3f3a66', 94, 11, 0.11);
  fill(context, gradient(context, horizon, SIZE, ['#e39a86', '#3c4f8f']), 0, horizon, SIZE, SIZE - horizon);
  for (let row = horizon + 2; row < SIZE; row += 5) {
    const width = 10 + ((row * 37) % 46);
    fill(context, '#ffe7bd', 112 - width / 2 + ((row * 13) % 11), row, width, 1.6);
    fill(context, '#2f3d78', (row * 29) % SIZE, row + 2.5, 26, 1.4);
  }
  for (const [x, height] of [
    [14, 62],
    [30, 84],
    [45, 56],
  ]) {
    tree(context, x, 150, height);
  }
}

/** @param {CanvasRenderingContext2D} context */
function letters(context) {
  fill(context, '#f4efe4', 0, 0, SIZE, SIZE);
  disc(context, '#f2b84b', 118, 48, 27);
  fill(context, '#d7e3f4', 0, 100, 80, 40);
  /** @type {[string, string, number, number, number, number][]} the last is the most that it may be wide, whatever font there is */
  const words = [
    ['Aa', '#b3261e', 70, 5, 60, 72],
    ['0123456789', '#b3261e', 13, 86, 17, 68],
    ['depth', '#1f4e9e', 34, 82, 60, 74],
    ['& wise', '#12664f', 28, 5, 90, 74],
    ['kernel 3×3', '#3a3a3a', 15, 86, 84, 68],
    ['stride, dilation', '#6a3d8f', 13, 86, 101, 68],
    ['the quick brown fox', '#3a3a3a', 10, 86, 116, 68],
    ['QRST', '#1f4e9e', 30, 6, 131, 68],
    ['jumps over', '#12664f', 15, 86, 134, 68],
    ['sphinx of black quartz, judge', '#3a3a3a', 10, 6, 152, 148],
  ];
  for (const [text, colour, size, x, y, width] of words) {
    context.font = `700 ${size}px Georgia, 'Times New Roman', serif`;
    context.fillStyle = colour;
    context.fillText(text, x, y, width);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} foot @param {number} height */
function tree(context, x, foot, height) {
  fill(context, '#241c2b', x - 2, foot - height * 0.3, 4, height * 0.3);
  for (let tier = 0; tier < 4; ++tier) {
    const bottom = foot - height * (0.18 + 0.19 * tier);
    const half = height * (0.24 - 0.045 * tier);
    context.fillStyle = tier % 2 ? '#27513f' : '#1d3d35';
    context.beginPath();
    context.moveTo(x - half, bottom);
    context.lineTo(x + half, bottom);
    context.lineTo(x, bottom - height * 0.3);
    context.fill();
  }
}

/** Mountains before the sky. */
function ridge(/** @type {CanvasRenderingContext2D} */ context, colour, base, height, frequency) {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(0, 110);
  for (let x = 0; x <= SIZE; ++x) {
    const jagged = Math.abs(((x * frequency * 3.1) % 2) - 1) * height * 0.7;
    context.lineTo(x, base - Math.sin(x * frequency) * height - jagged);
  }
  context.lineTo(SIZE, 110);
  context.fill();
}

function gradient(/** @type {CanvasRenderingContext2D} */ context, top, bottom, colours) {
  const made = context.createLinearGradient(0, top, 0, bottom);
  colours.forEach((colour, i) => made.addColorStop(i / (colours.length - 1), colour));
  return made;
}

function fill(/** @type {CanvasRenderingContext2D} */ context, style, x, y, width, height) {
  context.fillStyle = style;
  context.fillRect(x, y, width, height);
}

function disc(/** @type {CanvasRenderingContext2D} */ context, style, x, y, radius) {
  context.fillStyle = style;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** The same at every visit. @param {Uint8ClampedArray} pixels RGBA */
function addGrain(pixels) {
  let seed = 1;
  for (let i = 0; i < pixels.length; ++i) {
    if (i % 4 === 3) continue;
    seed = (seed * 48271) % 2147483647;
    pixels[i] += (seed / 2147483647 - 0.5) * 20;
  }
}
