import '../shared/page.js';
import alea from 'seedrandom/lib/alea.js';
import { proxy } from 'comlink';
import { byId, clearMessage, showFailure, showMessage, withProgress } from '../shared/dom.js';
import { startWorker, WorkerError } from '../shared/worker.js';
import { connectCopyButton, enableControls, onOption, settings, showOptions } from './controls.js';
import { SHAPES } from './drawings.js';
import { Examples } from './examples.js';
import { connectGuess } from './guess.js';
import { connectModelControls } from './model-controls.js';
import { Stage } from './stage.js';
import { BACKENDS, speedView, summaryOf, trainingView } from './training-view.js';

/** Steps of the comparison on each backend. On cpu, a step can take seconds. */
const MEASURED_STEPS = 5;

const messages = byId('messages');
const startHint = byId('start-hint');
const startText = startHint.textContent;
const training = trainingView({ onDraw: () => guess.refresh() });
const speed = speedView();
/** @type {Awaited<ReturnType<typeof startWorker<import('./teach.worker.js').Api>>>} all of TensorFlow.js runs in this worker */
let worker;
/** @type {import('./controls.js').Activity} */
let activity = 'loading';
let hasModel = false;
/** The seed of the next samples: new samples each time, and the same samples in each visit. */
let nextSeed = 1;

const guess = connectGuess({
  picture: () => stage.picture,
  isTrained: () => hasModel,
  predict: (pixels) => worker.api.predict(pixels),
});
const stage = new Stage({ onChange: pictureChanged });
const examples = new Examples(
  { cards: byId('classes'), buttons: byId('adding') },
  {
    take: (isFirst) => stage.take(isFirst),
    onChange: update,
    onRename: rename,
  },
);
const model = connectModelControls({
  api: () => worker.api,
  names: () => examples.names,
  onLoad(names) {
    hasModel = true;
    startHint.textContent = startText;
    if (names) rename(names);
    update();
    guess.refresh();
  },
});

connectCopyButton(byId('copy', HTMLButtonElement), byId('code'));
byId('train-samples').addEventListener('click', trainOnSamples);
byId('train').addEventListener('click', () => train());
byId('stop').addEventListener('click', () => worker.api.stop());
byId('measure').addEventListener('click', measure);
onOption(async (changes) => {
  const values = settings.write(changes);
  showOptions(values);
  if (changes.from) switchTo(values.from);
});
settings.onChange(apply);
apply(settings.read());
update();
begin();

/** @param {import('./controls.js').Settings} values */
function apply(values) {
  showOptions(values);
  rename([values.one, values.two, values.three]);
  switchTo(values.from);
}

/** @param {'pad' | 'camera'} wanted */
async function switchTo(wanted) {
  const from = await stage.switchTo(wanted);
  if (from !== wanted) showOptions(settings.write({ from }));
}

/** @param {string[]} names of the classes */
function rename(names) {
  examples.names = names;
  guess.rename(examples.names);
  const [one, two, three] = names;
  settings.write({ one, two, three });
}

function pictureChanged() {
  examples.enableAdding(stage.hasPicture);
  guess.refresh();
}

async function begin() {
  await during('loading', async () => {
    await withProgress(byId('progress'), 'Loading TensorFlow.js and the kernels', async () => {
      worker = await startWorker(() => new Worker(new URL('./teach.worker.js', import.meta.url), { type: 'module' }));
      await worker.answer(worker.api.prepare(settings.read().backend));
    });
    worker.failure.catch((error) => {
      activity = 'broken';
      showFailure(messages, error);
      update();
    });
    await model.updateRestore();
  });
}

async function trainOnSamples() {
  const [before, names] = [examples.byClass, examples.names];
  const areReplaced = examples.count > 0 && !examples.areSamples;
  clearMessage(messages);
  await switchTo('pad');
  showOptions(settings.write({ from: 'pad' }));
  startHint.textContent = 'Drawing samples …';
  await during('drawing', async () => {
    rename(SHAPES);
    await examples.drawSamples(stage, nextSeed++);
  });
  if (areReplaced) {
    showMessage(messages, {
      title: 'Your examples were replaced by the samples.',
      action: {
        label: 'Undo',
        run() {
          clearMessage(messages);
          rename(names);
          examples.set(before);
        },
      },
    });
  }
  await train((text) => (startHint.textContent = text));
  startHint.textContent = byId('outcome').textContent || startText;
  if (training.isComplete) stage.drawRandomShape(alea(`unseen ${nextSeed}`));
}

/** @param {(text: string) => void} [report] receives texts about the progress */
async function train(report) {
  const { backend, epochs } = settings.read();
  training.clear();
  byId('outcome').textContent = '';
  startHint.textContent = startText; // it can show the result of an earlier training
  await during('training', async () => {
    const start = performance.now();
    const onStep = (/** @type {import('./training.js').Step} */ step) => {
      training.add(step);
      report?.(`Training: step ${step.step} of ${step.steps} …`);
      hasModel = true;
    };
    await worker.answer(worker.api.train(backend, examples.samples, epochs, proxy(onStep)));
    const elapsed = performance.now() - start;
    training.finish();
    speed.set(backend, training.times);
    byId('outcome').textContent = summaryOf(training.steps, elapsed, await worker.api.countWeights());
  });
  guess.refresh();
}

/** Measures both backends one after the other, so that the rest of the device does much the same for both. */
async function measure() {
  const { samples } = examples;
  await during('measuring', () =>
    withProgress(byId('measure-progress'), 'Training on both backends', async (report) => {
      for (const [i, backend] of BACKENDS.entries()) {
        /** @type {number[]} */
        const times = [];
        const onStep = (/** @type {import('./training.js').Step} */ { milliseconds }) => {
          times.push(milliseconds);
          report((i + times.length / MEASURED_STEPS) / BACKENDS.length);
        };
        await worker.answer(worker.api.measure(backend, samples, MEASURED_STEPS, proxy(onStep)));
        speed.set(backend, times);
      }
    }),
  );
}

/**
 * Sets the state of the page during the work, and shows a failure.
 *
 * @param {import('./controls.js').Activity} state
 * @param {() => Promise<void>} work
 */
async function during(state, work) {
  activity = state;
  update();
  try {
    await work();
  } catch (error) {
    showFailure(messages, error);
    if (error instanceof WorkerError) activity = 'broken';
  } finally {
    if (activity === state) activity = 'ready';
    update();
  }
}

function update() {
  enableControls({ activity, missing: examples.missing, hasModel });
}
