import '../shared/page.js';
import alea from 'seedrandom/lib/alea.js';
import { proxy, transfer } from 'comlink';
import { byId, clearMessage, showFailure, showMessage, withProgress } from '../shared/dom.js';
import { nextFrame } from '../shared/next-frame.js';
import { startWorker, WorkerError } from '../shared/worker.js';
import { connectComparison } from './comparison.js';
import {
  EPOCHS,
  NAMES,
  RATES,
  connectCopyButton,
  enableControls,
  onOption,
  settings,
  showOptions,
} from './controls.js';
import { DIGITS, downloadDigits } from './digits.js';
import { SHAPES, packed } from './drawings.js';
import { Examples } from './examples.js';
import { connectGuess } from './guess.js';
import { connectModelControls } from './model-controls.js';
import { PHOTO_SIZE, SIZE } from './network.js';
import { keepPageOnDrop, photosOf } from './photos.js';
import { Stage } from './stage.js';
import { summaryOf, trainingView } from './training-view.js';

/** Side length of the pictures of a network. */
const SIZES = { small: SIZE, mobilenet: PHOTO_SIZE };

/** Batch size of a comparison with the pretrained network: the cpu backend needs about 5 s for each picture. */
const COMPARED = 2;

const messages = byId('messages');
const startHint = byId('start-hint');
const startText = startHint.textContent;
const training = trainingView({ names: () => examples.names, onDraw: () => guess.refresh() });
/** @type {Awaited<ReturnType<typeof startWorker<import('./teach.worker.js').Api>>>} all of TensorFlow.js runs in this worker */
let worker;
/** @type {import('./controls.js').Activity} */
let activity = 'loading';
let hasModel = false;
/** Side length of the pictures that the model expects. */
let size = SIZE;
/** The seed of the next samples: new samples each time, and the same samples in each visit. */
let nextSeed = 1;
/** Ends the work before a training on samples. @type {AbortController | undefined} */
let stopFilling;
/** The epochs of the latest samples. The user did not change the setting if it is equal. */
let usualEpochs = EPOCHS.shapes;

const guess = connectGuess({
  picture: () => stage.picture,
  isTrained: () => hasModel,
  predict: (picture) => worker.api.predict(packed([picture], size), size),
});
const stage = new Stage({ onChange: pictureChanged });
const examples = new Examples(
  {
    cards: byId('classes'),
    buttons: byId('adding'),
    undo: byId('undo-examples', HTMLButtonElement),
    more: byId('more-classes', HTMLButtonElement),
    fewer: byId('fewer-classes', HTMLButtonElement),
  },
  {
    take: (isFirst) => stage.take(isFirst),
    read: (files) => photosOf(files, byId('examples-messages')),
    onChange() {
      guess.rename(examples.names);
      settings.write({ classes: examples.byClass.length });
      update();
    },
    onRename: rename,
  },
);
const comparison = connectComparison({
  samples: () => examples.samplesOfSize(SIZES[settings.read().network]),
  options: () => ({ ...trainingOptions(), ...(settings.read().network === 'mobilenet' ? { batch: COMPARED } : {}) }),
});
const model = connectModelControls({
  api: () => worker.api,
  names: () => examples.names,
  onLoad({ classes, names, size: expected }) {
    hasModel = true;
    size = expected;
    examples.resize(classes);
    startHint.textContent = startText;
    if (names) rename(names);
    update();
    guess.refresh();
  },
});

keepPageOnDrop();
connectCopyButton(byId('copy', HTMLButtonElement), byId('code'));
byId('train-samples').addEventListener('click', () =>
  trainOnSamples({
    epochs: EPOCHS.shapes,
    text: 'Drawing samples',
    fill: async (signal) => {
      examples.resize(SHAPES.length);
      rename(SHAPES);
      await examples.drawSamples(stage, nextSeed++, signal);
    },
    show: () => stage.drawRandomShape(alea(`unseen ${nextSeed}`)),
  }),
);
byId('train-digits').addEventListener('click', () =>
  trainOnSamples({
    epochs: EPOCHS.digits,
    text: 'Loading the digits',
    fill: async (signal) => {
      stage.show([]);
      const pictures = await downloadDigits();
      if (signal.aborted) return;
      examples.showDigits(pictures);
      rename(DIGITS);
      await nextFrame(); // the training starts with another long task: it packs the pictures
    },
    show: () => stage.ask('Draw a digit'),
  }),
);
byId('train').addEventListener('click', () => train());
byId('stop').addEventListener('click', () => {
  stopFilling?.abort();
  worker.api.stop();
});
onOption(async (changes) => {
  const values = settings.write({ ...changes, ...(changes.network ? usualOptions(changes.network) : {}) });
  showOptions(values);
  update();
  if (changes.from) switchTo(values.from);
});
settings.onChange(apply);
apply(settings.read());
update();
begin();

// The browser asks before it leaves the page. Samples can be drawn again, and need no question.
addEventListener('beforeunload', (event) => {
  if (examples.count > 0 && !examples.samplesOf) event.preventDefault();
});

/** @param {import('./controls.js').Settings} values */
function apply(values) {
  showOptions(values);
  examples.resize(values.classes);
  rename(NAMES.map((name) => values[name]).slice(0, values.classes));
  if (values.from === 'pad') switchTo('pad');
  else offerCamera();
}

/** A link does not turn the camera on: only the user does. */
function offerCamera() {
  showOptions(settings.write({ from: 'pad' }));
  switchTo('pad');
  showMessage(byId('stage-messages'), {
    title: 'This link uses the camera.',
    action: {
      label: 'Turn on the camera',
      run() {
        showOptions(settings.write({ from: 'camera' }));
        switchTo('camera');
      },
    },
  });
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
  settings.write(Object.fromEntries(names.map((name, i) => [NAMES[i], name])));
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

/**
 * Replaces the examples by samples, trains on them, and compares the speed.
 *
 * @param {object} samples
 * @param {number} samples.epochs that are enough
 * @param {string} samples.text about the work of `fill`
 * @param {(signal: AbortSignal) => Promise<void>} samples.fill replaces the examples; the signal ends it
 * @param {() => void} samples.show shows what the trained network can do
 */
async function trainOnSamples({ epochs, text, fill, show }) {
  const before = { examples: examples.byClass, names: examples.names };
  const areReplaced = examples.count > 0 && !examples.samplesOf;
  clearMessage(messages);
  await switchTo('pad');
  const { network, epochs: current } = settings.read();
  if (network !== 'small') settings.write({ network: 'small', ...usualOptions('small'), epochs });
  else if (current === usualEpochs) settings.write({ epochs });
  usualEpochs = epochs;
  showOptions(settings.write({ from: 'pad' }));
  startHint.textContent = `${text} …`;
  byId('announcement').textContent = text;
  const { signal } = (stopFilling = new AbortController());
  const isFilled = await during('filling', () => fill(signal));
  if (areReplaced && examples.samplesOf) {
    showMessage(messages, {
      title: 'Your examples were replaced by the samples.',
      action: {
        label: 'Undo',
        run() {
          clearMessage(messages);
          examples.set(before.examples);
          rename(before.names);
        },
      },
    });
  }
  startHint.textContent = startText;
  if (signal.aborted || !isFilled) return;
  await train((text) => (startHint.textContent = text));
  startHint.textContent = byId('outcome').textContent || startText;
  if (!training.isComplete) return;
  show();
  comparison.run();
}

/** Returns the options that suit a network. @param {import('./teach.worker.js').Network} network */
function usualOptions(network) {
  usualEpochs = EPOCHS[network === 'small' ? 'shapes' : 'photos'];
  return { epochs: usualEpochs, rate: RATES[network] };
}

function trainingOptions() {
  const { network, batch, rate } = settings.read();
  return { network, batch: Number(batch), rate: Number(rate) };
}

/** @param {(text: string) => void} [report] receives texts about the progress */
async function train(report) {
  const { backend, epochs, network } = settings.read();
  const samples = examples.samplesOfSize(SIZES[network]);
  comparison.cancel(); // it would slow the training, and the training would disturb its times
  training.clear(examples.byClass.flat().map(({ picture }) => picture));
  byId('outcome').textContent = '';
  byId('announcement').textContent = 'Training';
  const emptyText = byId('chart-empty').textContent;
  if (network === 'mobilenet')
    byId('chart-empty').textContent = 'MobileNet looks at all pictures once, then it trains.';
  startHint.textContent = startText; // it can show the result of an earlier training
  await during('training', async () => {
    const start = performance.now();
    const onStep = (/** @type {import('./training.js').Step} */ step) => {
      training.add(step);
      report?.(`Training: step ${step.step} of ${step.steps} …`);
      hasModel = true;
    };
    size = SIZES[network];
    const sent = transfer(samples, [samples.pixels.buffer]); // a copy would take about as long as packing the pictures
    await worker.answer(worker.api.train(backend, sent, { epochs, ...trainingOptions() }, proxy(onStep)));
    const elapsed = performance.now() - start;
    training.finish();
    byId('outcome').textContent = summaryOf(training.steps, elapsed, await worker.api.countWeights());
  });
  byId('chart-empty').textContent = emptyText;
  guess.refresh();
}

/**
 * Sets the state of the page during the work, and shows a failure.
 *
 * @param {import('./controls.js').Activity} state
 * @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether the work succeeded
 */
async function during(state, work) {
  activity = state;
  update();
  try {
    await work();
    return true;
  } catch (error) {
    showFailure(messages, error);
    if (error instanceof WorkerError) activity = 'broken';
    return false;
  } finally {
    if (activity === state) activity = 'ready';
    update();
  }
}

function update() {
  byId('network-hint').hidden = !examples.hasPhotos || settings.read().network === 'mobilenet';
  byId('draw-one').hidden = examples.samplesOf === 'digits'; // it draws shapes
  enableControls({ activity, missing: examples.missing, hasModel });
}
