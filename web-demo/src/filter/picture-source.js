import { openCamera, squareOf } from '../shared/camera.js';
import { byId } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { clearMessage, showMessage } from '../shared/message.js';
import { SIZE } from './pictures.js';

/**
 * Pictures of the reader: a file, or one that the camera takes. Each goes to `use`.
 *
 * @param {{ messages: HTMLElement, use: (picture: ImageData) => void }} to
 */
export function connectPictureSource({ messages, use }) {
  const file = byId('file', HTMLInputElement);
  const finder = byId('finder');
  const video = byId('finder-video', HTMLVideoElement);
  const cameraButton = byId('camera', HTMLButtonElement);
  /** @type {(() => void) | undefined} */
  let close;

  byId('choose-file').addEventListener('click', () => file.click());
  file.addEventListener('change', async () => {
    const [chosen] = file.files ?? [];
    file.value = ''; // so that the same one can be chosen again
    if (!chosen) return;
    clearMessage(messages);
    try {
      use(squareOf(await createImageBitmap(chosen), SIZE));
    } catch {
      const text = `${chosen.name} is not a picture that this browser can show. PNG, JPEG and WebP are.`;
      showMessage(messages, { kind: 'error', title: 'This file cannot be used.', text });
    }
  });

  cameraButton.addEventListener('click', async () => {
    clearMessage(messages);
    cameraButton.disabled = true;
    try {
      close = await openCamera(video);
      finder.hidden = false;
      byId('take').focus();
    } catch (error) {
      showFailure(messages, error);
      cameraButton.disabled = false;
    }
  });
  byId('take').addEventListener('click', () => {
    const picture = squareOf(video, SIZE);
    stop();
    use(picture);
  });
  byId('close-camera').addEventListener('click', stop);
  addEventListener('pagehide', stop);

  function stop() {
    close?.();
    close = undefined;
    finder.hidden = true;
    cameraButton.disabled = false;
  }
}
