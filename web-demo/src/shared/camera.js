/** The camera cannot be had. The message says why and what to do. */
export class CameraError extends Error {
  name = 'CameraError';
  title = 'No picture from the camera.';
}

/** By the name of the browser's error. */
const REASONS = {
  NotAllowedError: 'The browser did not allow it. Allow the camera for this page in the address bar, then try again.',
  NotFoundError: 'This device has no camera, or the browser does not see it.',
  NotReadableError: 'Another program is using it, or it does not answer.',
  OverconstrainedError: 'The camera does not give pictures of a size that this page can use.',
};

/**
 * Starts the camera in a video element, which plays from then on.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<() => void>} switches it off
 * @throws CameraError
 */
export async function openCamera(video) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CameraError(
      'Browsers give the camera to pages from https:// or localhost only, and this page is from neither.',
    );
  }
  const stream = await askForCamera();
  const close = () => stream.getTracks().forEach((track) => track.stop());
  try {
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    return close;
  } catch (error) {
    close();
    throw new CameraError(`Its picture could not be shown: ${/** @type {Error} */ (error).message}`);
  }
}

async function askForCamera() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    throw new CameraError(REASONS[name] ?? `The browser says: ${message}`);
  }
}

/**
 * The middle square of what the source shows now, as pixels.
 *
 * @param {HTMLVideoElement | ImageBitmap | HTMLCanvasElement} source
 * @param {number} size of the result's sides
 */
export function squareOf(source, size) {
  const [width, height] =
    source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const side = Math.min(width, height);
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
  return context.getImageData(0, 0, size, size);
}
