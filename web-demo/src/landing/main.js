import '../shared/page.js';
import { proxy } from 'comlink';
import alea from 'seedrandom/lib/alea.js';
import { byId, clearMessage, element, showFailure } from '../shared/dom.js';
import { startWorker } from '../shared/worker.js';
import { INK, PAPER, PEN_WIDTH, SHAPES, drawShape, fitted, packed, pictureOf } from '../teach/drawings.js';
import { SIZE, TRAINING } from '../teach/network.js';

// The network in the hero: it trains on shapes for about two seconds, names drawings that it has not seen, and is compared with tfjs cpu.

/** @typedef {import('../teach/drawings.js').Stroke} Stroke */

/** The shortest time of the training, in milliseconds. */
const TRAINING_MS = 2000;
/**
 * The smallest number of training steps. On a slow device, they take longer than TRAINING_MS. After 40 steps, the network names 11 or 12 of
 * the unseen drawings right; after 10 steps, 4.
 */
const MIN_STEPS = 60;
/** The largest number of epochs. Only very fast devices reach it. */
const MAX_EPOCHS = 60;
/** Training examples of each shape. */
const SAMPLES = 40;
/** Drawings that the network does not train on. */
const UNSEEN = 12;
/** Steps on the cpu backend. On a slow device, each takes seconds. */
const CPU_LIMITS = { maxSteps: 3, maxMilliseconds: 5000 };
/** Canvas pixels of a drawing. */
const SIDE = 112;

const button = byId('hero-button', HTMLButtonElement);
const status = byId('hero-status');
const messages = byId('hero-messages');
const progress = byId('hero-progress', HTMLProgressElement);

const random = alea(7);
const unseen = Array.from({ length: UNSEEN }, (_, i) => {
  const shape = SHAPES[i % SHAPES.length];
  return { shape, strokes: drawShape(shape, random) };
});
const cards = unseen.map(({ strokes }) => {
  const name = element('figcaption', {}, '?');
  return { name, root: element('figure', {}, paint(strokes), name) };
});
byId('hero-drawings').replaceChildren(...cards.map(({ root }) => root));

/** Stops the running demonstration. @type {(() => void) | undefined} */
let stop;

button.addEventListener('click', () => (stop ? stop() : run()));
if (mayStart()) whenVisible(run);

/** The demonstration moves and downloads TensorFlow.js. It does not start by itself when the user wants less of that. */
function mayStart() {
  const { connection } = /** @type {any} */ (navigator);
  return !connection?.saveData && !matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Calls `start` when the page is loaded and visible. @param {() => void} start */
function whenVisible(start) {
  const check = () => {
    if (document.visibilityState !== 'visible' || document.readyState !== 'complete' || stop) return;
    document.removeEventListener('visibilitychange', check);
    start();
  };
  document.addEventListener('visibilitychange', check);
  addEventListener('load', check);
  check();
}

async function run() {
  const stopped = new Promise((resolve) => (stop = () => resolve('stopped')));
  button.textContent = 'Stop';
  clearMessage(messages);
  byId('hero-factor').replaceChildren();
  status.textContent = 'Loading TensorFlow.js and the kernels …';
  /** @type {Awaited<ReturnType<typeof startWorker<import('../teach/teach.worker.js').Api>>> | undefined} */
  let worker;
  const shown = (async () => {
    worker = await startWorker(
      () => new Worker(new URL('../teach/teach.worker.js', import.meta.url), { type: 'module' }),
    );
    if (!stop) return worker.stop(); // stopped while the worker started
    await worker.answer(worker.api.prepare('wasm'));
    await trainAndCompare(worker);
  })();
  try {
    if ((await Promise.race([shown, stopped])) === 'stopped') status.textContent = 'Stopped.';
  } catch (error) {
    status.textContent = '';
    showFailure(messages, error);
  } finally {
    shown.catch(() => {}); // a stopped worker gives no answer
    worker?.stop();
    stop = undefined;
    button.textContent = 'Train again';
  }
}

/** @param {Awaited<ReturnType<typeof startWorker<import('../teach/teach.worker.js').Api>>>} worker */
async function trainAndCompare({ api, answer }) {
  const samples = drawSamples();
  const pixels = packed(unseen.map(({ strokes }) => pictureOf(strokes)));
  const start = performance.now();
  /** @type {number[]} */
  const times = [];
  let isPredicting = false;
  const onStep = async (/** @type {import('../teach/training.js').Step} */ { milliseconds }) => {
    times.push(milliseconds);
    const elapsed = performance.now() - start;
    const done = Math.min(elapsed / TRAINING_MS, times.length / MIN_STEPS);
    progress.value = done;
    if (done >= 1) api.stop();
    if (isPredicting) return;
    isPredicting = true;
    const right = showNames(await api.predict(pixels));
    status.textContent = `Step ${times.length}: ${right} of ${UNSEEN} unseen drawings named right`;
    isPredicting = false;
  };
  await answer(api.train('wasm', samples, { ...TRAINING, epochs: MAX_EPOCHS }, proxy(onStep)));
  progress.value = 1;
  const right = showNames(await answer(api.predict(pixels)));
  status.textContent =
    `Trained for ${times.length} steps in ${((performance.now() - start) / 1000).toFixed(1)} s: ` +
    `${right} of ${UNSEEN} unseen drawings named right. Now a few steps on the cpu backend …`;
  /** @type {number[]} */
  const cpuTimes = [];
  const onCpuStep = (/** @type {import('../teach/training.js').Step} */ { milliseconds }) => {
    cpuTimes.push(milliseconds);
  };
  await answer(api.measure('cpu', samples, { ...TRAINING, ...CPU_LIMITS }, proxy(onCpuStep)));
  status.textContent = status.textContent.replace(/ Now .*/, '');
  showFactor(medianOf(times), medianOf(cpuTimes));
}

/** @param {(number | undefined)[] | undefined} probabilities [UNSEEN, SHAPES.length] @returns the number of right names */
function showNames(probabilities = []) {
  const names = cards.map((_, i) => {
    const ofDrawing = probabilities.slice(i * SHAPES.length, (i + 1) * SHAPES.length);
    return SHAPES[ofDrawing.indexOf(Math.max(...ofDrawing.map((probability) => probability ?? 0)))];
  });
  cards.forEach(({ name, root }, i) => {
    name.textContent = names[i];
    root.classList.toggle('right', names[i] === unseen[i].shape);
  });
  return names.filter((name, i) => name === unseen[i].shape).length;
}

/** @param {number} wasm time of a step, in milliseconds @param {number} cpu */
function showFactor(wasm, cpu) {
  const factor = cpu / wasm;
  byId('hero-factor').replaceChildren(
    element('strong', {}, `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}×`),
    ' ',
    element(
      'span',
      {},
      'the speed of TensorFlow.js’s cpu backend, on this device ',
      element('span', { className: 'hint' }, `(${timeText(wasm)} instead of ${timeText(cpu)} for a training step)`),
    ),
  );
}

/** @returns {import('../teach/training.js').Samples} */
function drawSamples() {
  const random = alea('samples of the hero');
  const labels = Uint8Array.from({ length: SAMPLES * SHAPES.length }, (_, i) => i % SHAPES.length);
  const drawings = [...labels].map((label) => drawShape(SHAPES[label], random));
  return {
    pixels: packed(drawings.map(pictureOf)),
    size: SIZE,
    labels,
    sources: drawings.map((_, i) => `sample ${i}`),
    classes: SHAPES.length,
  };
}

/** Returns a canvas with the drawing, in the colours of the pad. @param {Stroke[]} strokes */
function paint(strokes) {
  const canvas = element('canvas', { width: SIDE, height: SIDE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = `rgb(${PAPER.join(' ')})`;
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = `rgb(${INK.join(' ')})`;
  context.lineWidth = PEN_WIDTH * SIDE;
  context.lineJoin = context.lineCap = 'round';
  for (const stroke of fitted(strokes)) {
    context.beginPath();
    for (const [x, y] of stroke) context.lineTo(x * SIDE, y * SIDE);
    context.stroke();
  }
  return canvas;
}

/** @param {number[]} values */
function medianOf(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/** @param {number} milliseconds */
function timeText(milliseconds) {
  return `${milliseconds >= 100 ? Math.round(milliseconds) : milliseconds.toPrecision(2)} ms`;
}
