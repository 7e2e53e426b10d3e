import '../shared/page.js';
import { byId, showFailure, withProgress } from '../shared/dom.js';
import { lineChart } from '../shared/line-chart.js';
import { startWorker } from '../shared/worker.js';
import { connectControls, read } from './controls.js';
import { kernelView, shortWeight } from './kernel-view.js';
import { connectPictureSource, samplePicture } from './pictures.js';
import { readingView } from './reading-view.js';
import { samplingView } from './sampling-view.js';

/** A moving slider sends many changes. The page waits this long and uses the last change. */
const SLIDER_DELAY_MS = 60;

/** The pause between the first steps, long enough to follow them by eye. Each pause is shorter than the previous pause. */
const FIRST_PAUSE_MS = 140;
const PAUSE_FACTOR = 0.93;

/** Learning ends after this number of steps, … */
const MAX_STEPS = 300;
/** … when the loss is this fraction of the first loss, … */
const SMALL_LOSS = 1e-11;
/** … or after this number of steps without a smaller loss: float32 then no longer distinguishes better kernels from worse kernels. */
const MAX_STEPS_WITHOUT_GAIN = 25;

/** @typedef {{ steps: number, loss: number, difference: number, milliseconds: number, kernel: Float32Array, output: any }} State */

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
const showReading = readingView({
  picture: byId('picture', HTMLCanvasElement),
  target: byId('target', HTMLCanvasElement),
  output: byId('output', HTMLCanvasElement),
  caption: byId('reading-caption'),
});
const chart = lineChart(byId('loss'), {
  label: 'step',
  axes: { y: 'loss' },
  series: [{ label: 'loss', colour: 'accent', format: (loss) => loss.toExponential(2) }],
  logarithmic: true,
});

/** The user's own picture. @type {ImageData | undefined} */
let userPicture;
/** The number of the latest task. Work for an older task stops. */
let latestTask = 0;
let isLearning = false;
/** @type {Awaited<ReturnType<typeof startWorker<import('./filter.worker.js').Api>>> | undefined} */
let worker;

drawSampling(read());
for (const show of [showTrue, showLearned]) show(undefined, read().kernel, 1);
drawPicture('picture', picture());
showReading(read());
connectControls((values, changed) => {
  if (changed === 'picture' || changed === '') setUserPicture(undefined);
  drawSampling(values);
  showReading(values);
  prepare({ thenLearn: changed !== '' || isLearning });
});
connectPictureSource({
  messages,
  use(picture) {
    setUserPicture(picture);
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
      await worker.answer(worker.api.load());
    });
    learnButton.disabled = false;
    await prepare({ thenLearn: false });
  } catch (error) {
    fail(error);
  }
}

/** Shows a new task, and starts to learn it when `thenLearn` is set. */
async function prepare({ thenLearn }) {
  if (!worker || learnButton.disabled) return;
  const { api, answer } = worker;
  const number = ++latestTask;
  const isCurrent = () => number === latestTask;
  setLearning(thenLearn);
  await new Promise((resolve) => setTimeout(resolve, SLIDER_DELAY_MS));
  if (!isCurrent()) return;
  try {
    const values = read();
    const { data: pixels, width: size } = drawPicture('picture', picture());
    const { kernel, target, state } = await withProgress(progress, 'Filtering the picture', () =>
      answer(api.prepare(values, { pixels, size })),
    );
    if (!isCurrent()) return;
    drawPicture('target', target);
    const largest = Math.max(...kernel.map(Math.abs));
    showTrue(kernel, values.kernel, largest);
    const steps = /** @type {number[]} */ ([]);
    const losses = /** @type {number[]} */ ([]);
    const show = (/** @type {State} */ state) => {
      drawPicture('output', state.output);
      showLearned(state.kernel, values.kernel, largest);
      byId('equality').textContent = areEqual(state.kernel, kernel) ? '= equal' : '';
      steps.push(state.steps);
      losses.push(state.loss);
      chart.set(steps, losses);
      byId('difference').textContent = state.difference.toPrecision(2);
      byId('steps').textContent = String(state.steps);
      byId('pace').textContent = state.steps ? `${(state.milliseconds / state.steps).toFixed(1)} ms` : '–';
    };
    show(state);
    status.textContent = 'The layer starts with random weights.';
    if (!thenLearn) return;
    status.textContent = 'Learning …';
    const last = await learn({ step: () => answer(api.learn(1)), first: state, isCurrent, show });
    if (!isCurrent()) return;
    setLearning(false);
    status.textContent = summaryOf(last, kernel);
  } catch (error) {
    if (isCurrent()) fail(error);
  }
}

/**
 * Learns step by step and shows each step, until the loss no longer falls or the task is not current.
 *
 * @param {object} options
 * @param {() => Promise<State>} options.step
 * @param {State} options.first
 * @param {() => boolean} options.isCurrent
 * @param {(state: State) => void} options.show
 */
async function learn({ step, first, isCurrent, show }) {
  let state = first;
  let best = { loss: Infinity, steps: 0 };
  for (let pause = FIRST_PAUSE_MS; isCurrent(); pause *= PAUSE_FACTOR) {
    if (state.loss < best.loss) best = state;
    if (state.loss <= SMALL_LOSS * first.loss || state.steps >= MAX_STEPS) break;
    if (state.steps - best.steps >= MAX_STEPS_WITHOUT_GAIN) break;
    const pauseOver = new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), pause));
    [state] = await Promise.all([step(), pauseOver]);
    if (isCurrent()) show(state);
  }
  return state;
}

/** Returns whether all weights print the same digits. @param {Float32Array} learned @param {Float32Array} kernel */
function areEqual(learned, kernel) {
  return learned.every((weight, i) => shortWeight(weight) === shortWeight(kernel[i]));
}

/** @param {State} state @param {Float32Array} kernel the true kernel */
function summaryOf({ difference, steps, milliseconds, kernel: learned }, kernel) {
  const effort = `${steps} steps (${(milliseconds / 1000).toFixed(2)} s of computing)`;
  if (areEqual(learned, kernel)) return `Found the filter in ${effort}. The kernels are equal: no weight differs by more than ${difference.toPrecision(2)}.`; // prettier-ignore
  return (
    `After ${effort} the output is close to the target, but the kernel is not the true kernel: weights differ by up to ${difference.toPrecision(2)}. ` +
    'This picture has too little fine detail for this filter.'
  );
}

function stop() {
  ++latestTask;
  setLearning(false);
  status.textContent = 'Stopped.';
}

/** @param {boolean} value */
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
  return userPicture ?? samplePicture(read().picture);
}

/** @param {ImageData | undefined} picture */
function setUserPicture(picture) {
  userPicture = picture;
  if (!picture) return;
  for (const radio of document.getElementsByName('picture')) /** @type {HTMLInputElement} */ (radio).checked = false;
}

/** @param {string} id @param {any} image ImageData, or an object with `pixels`, `width` and `height` */
function drawPicture(id, { data, pixels = data, width, height }) {
  const canvas = byId(id, HTMLCanvasElement);
  Object.assign(canvas, { width, height });
  const image = new ImageData(pixels, width, height);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return image;
}
