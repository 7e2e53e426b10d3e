import { middleSquare, openCamera } from '../shared/camera.js';
import { byId, clearMessage, showFailure, showMessage } from '../shared/dom.js';

/** Side length of every picture that the layer learns from, in pixels. */
export const SIZE = 160;

/**
 * The sample pictures. A layer can learn a filter only from a picture that contains everything the filter responds to. For this reason the
 * samples contain smooth areas, edges in all directions and noise.
 *
 * @type {Record<string, (context: CanvasRenderingContext2D) => void>}
 */
const painters = { landscape, letters };

export const samplePictures = Object.keys(painters);

/** Paints a sample picture. @param {string} name @returns {ImageData} */
export function samplePicture(name) {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIZE, height: SIZE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  painters[name](context);
  const image = context.getImageData(0, 0, SIZE, SIZE);
  addNoise(image.data);
  return image;
}

/**
 * Connects the buttons for the user's own pictures: a file, or a picture from the camera.
 *
 * @param {{ messages: HTMLElement, use: (picture: ImageData) => void }} options `use` receives each picture
 */
export function connectPictureSource({ messages, use }) {
  const file = byId('file', HTMLInputElement);
  const finder = byId('finder', HTMLVideoElement);
  const cameraButton = byId('camera', HTMLButtonElement);
  /** @type {(() => void) | undefined} */
  let close;

  byId('choose-file').addEventListener('click', () => file.click());
  file.addEventListener('change', async () => {
    const [chosen] = file.files ?? [];
    file.value = ''; // so that the user can choose the same file again
    if (!chosen) return;
    clearMessage(messages);
    try {
      use(middleSquare(await createImageBitmap(chosen), SIZE));
    } catch {
      const text = `${chosen.name} is not a picture that this browser can read. Choose a PNG, JPEG or WebP file.`;
      showMessage(messages, { kind: 'error', title: 'The page cannot use this file.', text });
    }
  });

  cameraButton.addEventListener('click', async () => {
    clearMessage(messages);
    cameraButton.disabled = true;
    try {
      close = await openCamera(finder);
      showFinder(true);
      byId('pictures').scrollIntoView({ block: 'nearest' });
      byId('take').focus({ preventScroll: true });
    } catch (error) {
      showFailure(messages, error);
      cameraButton.disabled = false;
    }
  });
  byId('take').addEventListener('click', () => {
    const picture = middleSquare(finder, SIZE);
    stop();
    use(picture);
  });
  byId('close-camera').addEventListener('click', stop);
  addEventListener('pagehide', stop);

  /** The picture of the camera replaces the picture, and its buttons replace the button that learns. @param {boolean} isShown */
  function showFinder(isShown) {
    finder.hidden = byId('finder-buttons').hidden = !isShown;
    byId('picture').hidden = byId('learn').hidden = byId('status').hidden = isShown;
  }

  function stop() {
    const hadFocus = byId('finder-buttons').contains(document.activeElement);
    close?.();
    close = undefined;
    showFinder(false);
    cameraButton.disabled = false;
    if (hadFocus) cameraButton.focus({ preventScroll: true });
  }
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
  /** @type {[string, string, number, number, number, number][]} text, colour, size, x, y, and the maximum width in any font */
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

/** A row of mountains. */
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
  const result = context.createLinearGradient(0, top, 0, bottom);
  colours.forEach((colour, i) => result.addColorStop(i / (colours.length - 1), colour));
  return result;
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

/** Adds the same noise in each visit. @param {Uint8ClampedArray} pixels RGBA */
function addNoise(pixels) {
  let seed = 1;
  for (let i = 0; i < pixels.length; ++i) {
    if (i % 4 === 3) continue;
    seed = (seed * 48271) % 2147483647;
    pixels[i] += (seed / 2147483647 - 0.5) * 20;
  }
}
