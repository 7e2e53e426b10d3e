/** The camera gives no picture. The message says why and what the user can do. */
export class CameraError extends Error {
  name = 'CameraError';
}

/** Messages by the name of the browser's error. */
const REASONS = {
  NotAllowedError: 'The browser did not allow it. Allow the camera for this page in the address bar, then try again.',
  NotFoundError: 'This device has no camera, or the browser cannot find it.',
  NotReadableError: 'Another program uses the camera, or the camera does not respond.',
  OverconstrainedError: 'The camera has no picture size that this page can use.',
};

/**
 * Starts the camera and plays its picture in a video element.
 *
 * @param {HTMLVideoElement} video
 * @returns {Promise<() => void>} a function that turns the camera off
 * @throws CameraError
 */
export async function openCamera(video) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CameraError(
      'Browsers allow the camera only on pages from https:// or localhost. This page is from neither.',
    );
  }
  const stream = await requestCamera();
  const close = () => stream.getTracks().forEach((track) => track.stop());
  try {
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    await video.play();
    return close;
  } catch (error) {
    close();
    throw new CameraError(`The page could not show the picture: ${/** @type {Error} */ (error).message}`);
  }
}

async function requestCamera() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    throw new CameraError(REASONS[name] ?? `The browser reports: ${message}`);
  }
}

/**
 * Returns the middle square of the picture that the source shows now.
 *
 * @param {HTMLVideoElement | ImageBitmap | HTMLCanvasElement} source
 * @param {number} size side length of the result, in pixels
 */
export function middleSquare(source, size) {
  const [width, height] =
    source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
  const side = Math.min(width, height);
  const canvas = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.imageSmoothingQuality = 'high';
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, size, size);
  return context.getImageData(0, 0, size, size);
}
