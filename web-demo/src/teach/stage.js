import { middleSquare, openCamera } from '../shared/camera.js';
import { byId, clearMessage, showFailure, withProgress } from '../shared/dom.js';
import { SHAPES, drawShape, pictureOf, variationOf } from './drawings.js';
import { PHOTO_SIZE } from './network.js';
import { Pad } from './pad.js';
import { onFiles, photosOf } from './photos.js';

/** Time between two pictures of the camera for the network. */
const CAMERA_INTERVAL_MS = 120;

/** The source of pictures: the pad or the camera. */
export class Stage {
  #pad;
  #onChange;
  #video = byId('camera', HTMLVideoElement);
  #photoCanvas = byId('photo', HTMLCanvasElement);
  /** A picture file, shown instead of the pad. @type {import('./drawings.js').Picture | undefined} */
  #photo;
  /** The number of the latest picture file. */
  #photos = 0;
  /** Turns the camera off; undefined when it is off. @type {(() => void) | undefined} */
  #closeCamera;
  /** The number of the latest request. A camera that opens after a newer request is closed again. */
  #request = 0;
  /** The number of the latest hold of a button with the camera on. */
  #holds = 0;

  /** @param {{ onChange: () => void }} options */
  constructor({ onChange }) {
    this.#onChange = onChange;
    const clear = byId('clear', HTMLButtonElement);
    const undo = byId('undo-stroke', HTMLButtonElement);
    this.#pad = new Pad(byId('pad', HTMLCanvasElement), {
      onChange: () => {
        clear.disabled = undo.disabled = this.#pad.strokes.length === 0;
        this.#photo = undefined;
        this.#update();
      },
      announce: (text) => (byId('pen').textContent = text),
    });
    onFiles(byId('stage'), byId('open-picture', HTMLInputElement), async (files) => {
      const [photo] = await photosOf(files.slice(0, 1), byId('stage-messages'));
      if (photo) this.#showPhoto(photo);
    });
    clear.addEventListener('click', () => {
      this.show([]);
      byId('pad').focus({ preventScroll: true }); // the disabled button loses the focus
    });
    undo.addEventListener('click', () => {
      this.#pad.undo();
      if (undo.disabled) byId('pad').focus({ preventScroll: true });
    });
    byId('draw-one').addEventListener('click', () => this.drawRandomShape(Math.random));
  }

  /** Shows a drawing on the pad. @param {import('./drawings.js').Stroke[]} strokes */
  show(strokes) {
    this.#pad.show(strokes);
  }

  /** Clears the pad, and shows what the user can draw. @param {string} text */
  ask(text) {
    this.#pad.show([]);
    byId('pad-empty').textContent = text;
  }

  /** Draws one of the shapes on the pad. @param {import('./drawings.js').Random} random */
  drawRandomShape(random) {
    const shape = SHAPES[Math.floor(random() * SHAPES.length)];
    this.show(drawShape(shape, random));
  }

  /** The current picture; undefined when the pad is empty. */
  get picture() {
    if (this.#closeCamera) return middleSquare(this.#video, PHOTO_SIZE).data;
    if (this.#photo) return this.#photo;
    return this.#pad.strokes.length > 0 ? pictureOf(this.#pad.strokes) : undefined;
  }

  get hasPicture() {
    return Boolean(this.#closeCamera || this.#photo) || this.#pad.strokes.length > 0;
  }

  /**
   * Returns an example, or undefined when the pad is empty. While the user holds a button, the first picture of a drawing is the drawing
   * itself, and the next pictures are variations. All of them, and all pictures of a burst of the camera, have the same source.
   *
   * @param {boolean} isFirst
   * @returns {import('./examples.js').Example | undefined}
   */
  take(isFirst) {
    if (this.#closeCamera) {
      if (isFirst) ++this.#holds;
      return { picture: middleSquare(this.#video, PHOTO_SIZE).data, source: `burst ${this.#holds}` };
    }
    if (this.#photo) return isFirst ? { picture: this.#photo, source: `photo ${this.#photos}` } : undefined;
    const { strokes, number } = this.#pad;
    if (strokes.length === 0) {
      byId('pad-empty').textContent = byId('pen').textContent = 'Draw here first';
      return undefined;
    }
    this.#pad.markAdded();
    const picture = pictureOf(isFirst ? strokes : variationOf(strokes, Math.random));
    return { picture, source: `drawing ${number}` };
  }

  /** Switches to the pad or the camera. @param {'pad' | 'camera'} from @returns {Promise<'pad' | 'camera'>} the pad if the camera fails */
  async switchTo(from) {
    const request = ++this.#request;
    const messages = byId('stage-messages');
    clearMessage(messages);
    this.#closeCamera?.();
    this.#closeCamera = undefined;
    if (from === 'camera') {
      try {
        const close = await withProgress(byId('stage-progress'), 'Waiting for the camera', () =>
          openCamera(this.#video),
        );
        if (request === this.#request) this.#closeCamera = close;
        else close();
      } catch (error) {
        if (request === this.#request) showFailure(messages, error);
      }
    }
    this.#update();
    if (this.#closeCamera) this.#watchCamera(this.#request);
    return this.#closeCamera ? 'camera' : 'pad';
  }

  /** @param {import('./drawings.js').Picture} photo */
  #showPhoto(photo) {
    this.#pad.show([]);
    this.#photo = photo;
    ++this.#photos;
    this.#photoCanvas.getContext('2d')?.putImageData(new ImageData(photo, PHOTO_SIZE, PHOTO_SIZE), 0, 0);
    byId('clear', HTMLButtonElement).disabled = false;
    this.#update();
  }

  /** Shows the source of the pictures: the camera, a picture file or the pad. */
  #update() {
    const isCamera = Boolean(this.#closeCamera);
    const isPhoto = !isCamera && this.#photo !== undefined;
    const isPad = !isCamera && !isPhoto;
    this.#video.hidden = !isCamera;
    this.#photoCanvas.hidden = !isPhoto;
    byId('pad').hidden = !isPad;
    byId('pad-controls').hidden = isCamera;
    byId('pad-empty').hidden = !isPad || this.#pad.strokes.length > 0;
    this.#onChange();
  }

  /** @param {number} request */
  #watchCamera(request) {
    if (request !== this.#request) return;
    this.#onChange();
    setTimeout(() => this.#watchCamera(request), CAMERA_INTERVAL_MS);
  }
}
