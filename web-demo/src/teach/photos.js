import { middleSquare } from '../shared/camera.js';
import { clearMessage, element, showMessage } from '../shared/dom.js';
import { sideOf } from './drawings.js';
import { PHOTO_SIZE } from './network.js';

/** @typedef {import('./drawings.js').Picture} Picture */

/** For file inputs. Browsers cannot read SVG files as pictures of pixels. */
export const PICTURE_TYPES = 'image/png, image/jpeg, image/webp, image/avif, image/gif';

/**
 * Returns the middle squares of picture files, and shows a message about files that are no pictures.
 *
 * @param {Iterable<File>} files
 * @param {HTMLElement} messages
 * @returns {Promise<Picture[]>}
 */
export async function photosOf(files, messages) {
  clearMessage(messages);
  const photos = [];
  const wrong = [];
  for (const file of files) {
    try {
      const bitmap = await createImageBitmap(file);
      photos.push(/** @type {Picture} */ (middleSquare(bitmap, PHOTO_SIZE).data));
      bitmap.close();
    } catch {
      wrong.push(file.name);
    }
  }
  if (wrong.length > 0) {
    const [first] = wrong;
    const title = wrong.length === 1 ? 'The page cannot use this file.' : `The page cannot use ${wrong.length} files.`;
    const which = wrong.length === 1 ? `${first} is not a picture` : `${first} and others are not pictures`;
    const text = `${which} that this browser can read. Choose PNG, JPEG or WebP files.`;
    showMessage(messages, { kind: 'error', title, text });
  }
  return photos;
}

/** Returns a canvas with the picture. @param {Picture} picture */
export function canvasOf(picture) {
  const side = sideOf(picture);
  const canvas = element('canvas', { width: side, height: side });
  canvas.getContext('2d')?.putImageData(new ImageData(picture, side, side), 0, 0);
  return canvas;
}

/**
 * Calls `use` with the files that the user drops onto an element or chooses with a file input.
 *
 * @param {HTMLElement} target
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} use
 */
export function onFiles(target, input, use) {
  const showTarget = (/** @type {boolean} */ isTarget) => target.classList.toggle('drop-target', isTarget);
  target.addEventListener('dragover', () => showTarget(true));
  target.addEventListener('dragleave', () => showTarget(false));
  target.addEventListener('drop', (event) => {
    showTarget(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) use(files);
  });
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // so that the user can choose the same files again
    if (files.length > 0) use(files);
  });
}

/** Without it, the browser leaves the page and opens a file that the user drops. */
export function keepPageOnDrop() {
  for (const type of ['dragover', 'drop']) addEventListener(type, (event) => event.preventDefault());
}
