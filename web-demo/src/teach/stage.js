import { openCamera, squareOf } from '../shared/camera.js';
import { byId } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { clearMessage } from '../shared/message.js';
import { withProgress } from '../shared/progress.js';
import { SIZE } from './network.js';
import { Pad } from './pad.js';
import { pictureOf } from './picture.js';
import { randomFrom } from './random.js';
import { SHAPES, drawShape, varied } from './shapes.js';

/** How often the network is asked about the camera's picture. */
const CAMERA_MS = 120;

/** What the network looks at: the pad, or the camera. */
export class Stage {
  #pad;
  #onChange;
  #random = randomFrom(Date.now());
  #video = byId('camera', HTMLVideoElement);
  /** Switches the camera off, where it is on. @type {(() => void) | undefined} */
  #closeCamera;
  /** Counts the wishes: a camera that opens after another wish is closed again. */
  #wish = 0;

  /** @param {{ onChange: () => void }} options */
  constructor({ onChange }) {
    this.#onChange = onChange;
    const clear = byId('clear', HTMLButtonElement);
    this.#pad = new Pad(byId('pad', HTMLCanvasElement), {
      onChange: () => {
        const isEmpty = this.#pad.strokes.length === 0;
        clear.disabled = isEmpty;
        byId('pad-empty').hidden = !isEmpty;
        onChange();
      },
      announce: (text) => (byId('pen').textContent = text),
    });
    clear.addEventListener('click', () => {
      this.#pad.show([]);
      byId('pad').focus({ preventScroll: true }); // the button is switched off, and would drop the focus
    });
    byId('draw-one').addEventListener('click', () => {
      const shape = SHAPES[Math.floor(this.#random() * SHAPES.length)];
      this.show(drawShape(shape, this.#random));
    });
  }

  /** @param {import('./shapes.js').Stroke[]} strokes for the pad */
  show(strokes) {
    this.#pad.show(strokes);
  }

  /** What there is to see now, if anything. */
  get picture() {
    if (this.#closeCamera) return squareOf(this.#video, SIZE).data;
    return this.#pad.strokes.length > 0 ? pictureOf(this.#pad.strokes) : undefined;
  }

  get hasPicture() {
    return Boolean(this.#closeCamera) || this.#pad.strokes.length > 0;
  }

  /** What becomes an example: of a drawing that was taken already, a variation. @param {boolean} isFirst of those that are taken by one press */
  take(isFirst) {
    if (this.#closeCamera) return this.picture;
    const { strokes } = this.#pad;
    if (strokes.length === 0) {
      byId('pad-empty').textContent = byId('pen').textContent = 'Draw here first';
      return undefined;
    }
    this.#pad.markTaken();
    return pictureOf(isFirst ? strokes : varied(strokes, this.#random));
  }

  /** @param {'pad' | 'camera'} from @returns {Promise<'pad' | 'camera'>} what it looks at then: without a camera, the pad */
  async lookAt(from) {
    const wish = ++this.#wish;
    const messages = byId('stage-messages');
    clearMessage(messages);
    this.#closeCamera?.();
    this.#closeCamera = undefined;
    if (from === 'camera') {
      try {
        const close = await withProgress(byId('stage-progress'), 'Waiting for the camera', () =>
          openCamera(this.#video),
        );
        if (wish === this.#wish) this.#closeCamera = close;
        else close();
      } catch (error) {
        if (wish === this.#wish) showFailure(messages, error);
      }
    }
    this.#showWhich();
    return this.#closeCamera ? 'camera' : 'pad';
  }

  #showWhich() {
    const isCamera = Boolean(this.#closeCamera);
    this.#video.hidden = !isCamera;
    byId('pad').hidden = byId('pad-controls').hidden = isCamera;
    byId('pad-empty').hidden = isCamera || this.#pad.strokes.length > 0;
    this.#onChange();
    if (isCamera) this.#watchCamera(this.#wish);
  }

  /** @param {number} wish */
  #watchCamera(wish) {
    if (wish !== this.#wish) return;
    this.#onChange();
    setTimeout(() => this.#watchCamera(wish), CAMERA_MS);
  }
}
