import '../shared/page.js';
import { byId } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { lineChart } from '../shared/line-chart.js';
import { withProgress } from '../shared/progress.js';
import { startWorker } from '../shared/worker-harness.js';
import { connectControls, read } from './controls.js';
import { kernelView } from './kernel-view.js';
import { connectPictureSource } from './picture-source.js';
import { paintedPicture } from './pictures.js';
import { samplingView } from './sampling-view.js';
import { learnToTheEnd } from './session.js';

/** A slider that moves asks again and again; the last one counts. */
const SLIDING_MS = 60;

const messages = byId('messages');
const progress = byId('progress');
const learnButton = byId('learn', HTMLButtonElement);
const status = byId('status');
const showTrue = kernelView(byId('true-kernel'), 'True kernel');
const showLearned = kernelView(byId('learned-kernel'), 'Learned kernel');
const drawSampling = samplingView({
  input: /** @type {any} */ (document.getElementById('sampling-input')),
  output: /** @type {any} */ (document.getElementById('sampling-output')),
  caption: byId('sampling-caption'),
});
const chart = lineChart(byId('loss'), {
  label: 'step',
  series: [{ label: 'loss', colour: 'accent', format: (loss) => loss.toExponential(2) }],
  logarithmic: true,
});

/** The reader's own picture, once there is one. @type {ImageData | undefined} */
let yours;
/** Counts what was asked for; whoever works for an older one stops. */
let wanted = 0;
let isLearning = false;
/** @type {Awaited<ReturnType<typeof startWorker<import('./filter.worker.js').Api>>> | undefined} */
let worker;

drawSampling(read());
for (const show of [showTrue, showLearned]) show(undefined, read().kernel, 1);
drawPicture('picture', picture());
connectControls((values, changed) => {
  if (changed === 'picture' || changed === '') useYours(undefined);
  drawSampling(values);
  prepare({ thenLearn: changed !== '' || isLearning });
});
connectPictureSource({
  messages,
  use(picture) {
    useYours(picture);
    byId('pictures').scrollIntoView({ block: 'nearest' });
    prepare({ thenLearn: true });
  },
});
learnButton.addEventListener('click', () => (isLearning ? stop() : prepare({ thenLearn: true })));
begin();

async function begin() {
  try {
    await withProgress(progress, 'Loading the kernels', async () => {
      worker = await startWorker(() => new Worker(new URL('./filter.worker.js', import.meta.url), { type: 'module' }));
      await Promise.race([worker.api.load(), worker.failure]);
    });
    learnButton.disabled = false;
    await prepare({ thenLearn: false });
  } catch (error) {
    fail(error);
  }
}

/** Shows a new task, and learns it. */
async function prepare({ thenLearn }) {
  if (!worker || learnButton.disabled) return;
  const { api, failure } = worker;
  const turn = ++wanted;
  const isCurrent = () => turn === wanted;
  setLearning(thenLearn);
  await new Promise((resolve) => setTimeout(resolve, SLIDING_MS));
  if (!isCurrent()) return;
  try {
    const values = read();
    const { data: pixels, width: size } = drawPicture('picture', picture());
    const { kernel, target, state } = await withProgress(progress, 'Filtering the picture', () =>
      Promise.race([api.prepare(values, { pixels, size }), failure]),
    );
    if (!isCurrent()) return;
    drawPicture('target', target);
    const largest = Math.max(...kernel.map(Math.abs));
    showTrue(kernel, values.kernel, largest);
    const steps = /** @type {number[]} */ ([]);
    const losses = /** @type {number[]} */ ([]);
    const show = (state) => {
      drawPicture('output', state.output);
      showLearned(state.kernel, values.kernel, largest);
      steps.push(state.steps);
      losses.push(state.loss);
      chart.set(steps, losses);
      byId('difference').textContent = state.difference.toPrecision(2);
      byId('steps').textContent = String(state.steps);
      byId('pace').textContent = state.steps ? `${(state.milliseconds / state.steps).toFixed(1)} ms` : '–';
    };
    show(state);
    status.textContent = 'The layer begins with random weights.';
    if (!thenLearn) return;
    status.textContent = 'Learning …';
    const learn = (steps) => Promise.race([api.learn(steps), failure]);
    const last = await learnToTheEnd({ learn, first: state, isCurrent, show });
    if (!isCurrent()) return;
    setLearning(false);
    status.textContent = verdict(last, largest);
  } catch (error) {
    if (isCurrent()) fail(error);
  }
}

function verdict({ difference, steps, milliseconds }, largest) {
  const effort = `${steps} steps and ${(milliseconds / 1000).toFixed(2)} s of computing`;
  if (difference <= 0.01 * largest) return `Found in ${effort}: no weight is off by more than ${shortest(difference)}.`;
  return (
    `After ${effort} the output is the target's, but the kernel is not the true one (off by ${shortest(difference)}): ` +
    'this picture has too little fine detail to tell them apart.'
  );
}

/** @param {number} value rounded up to one digit */
function shortest(value) {
  const unit = 10 ** Math.floor(Math.log10(value));
  return String(Number((Math.ceil(value / unit) * unit).toPrecision(1)));
}

function stop() {
  ++wanted;
  setLearning(false);
  status.textContent = 'Stopped.';
}

function setLearning(value) {
  isLearning = value;
  learnButton.textContent = value ? 'Stop' : 'Learn the filter';
  learnButton.classList.toggle('primary', !value);
}

function fail(error) {
  setLearning(false);
  learnButton.disabled = true;
  status.textContent = '';
  showFailure(messages, error);
}

function picture() {
  return yours ?? paintedPicture(read().picture);
}

function useYours(picture) {
  yours = picture;
  if (!picture) return;
  for (const radio of document.getElementsByName('picture')) /** @type {HTMLInputElement} */ (radio).checked = false;
}

/** @param {string} id @param {any} image ImageData, or what has its fields and `pixels` */
function drawPicture(id, { data, pixels = data, width, height }) {
  const canvas = byId(id, HTMLCanvasElement);
  Object.assign(canvas, { width, height });
  const image = new ImageData(pixels, width, height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return image;
}
