import '../shared/page.js';
import { byId } from '../shared/element.js';
import { showFailure } from '../shared/failure.js';
import { clearMessage, showMessage } from '../shared/message.js';
import { withProgress } from '../shared/progress.js';
import { WorkerError } from '../shared/worker-harness.js';
import { allowButtons } from './buttons.js';
import { Classes } from './classes.js';
import { connectCopyButton } from './copy-button.js';
import { connectGuess } from './guess.js';
import { connectModelControls } from './model-controls.js';
import { onOption, settings, showOptions } from './options.js';
import { whatIsMissing, samplesOf } from './readiness.js';
import { runView } from './run-view.js';
import { SHAPES } from './shapes.js';
import { drawExamples, drawUnseen } from './show-me.js';
import { BACKENDS, speedView } from './speed-view.js';
import { Stage } from './stage.js';
import { summary } from './summary.js';
import { Trainer } from './trainer.js';

/** Of a comparison: on cpu each may take seconds. */
const MEASURED_STEPS = 5;

const messages = byId('messages');
const trainer = new Trainer();
const run = runView({ onDraw: () => guess.refresh() });
const speed = speedView();
/** @type {import('./buttons.js').Activity} */
let activity = 'loading';
let hasModel = false;

const guess = connectGuess({
  picture: () => stage.picture,
  isTrained: () => hasModel,
  predict: (pixels) => trainer.api.predict(pixels),
});
const stage = new Stage({ onChange: lookAgain });
const classes = new Classes(
  { cards: byId('classes'), buttons: byId('adding') },
  {
    take: (isFirst) => stage.take(isFirst),
    onChange: update,
    onRename: rename,
  },
);
const model = connectModelControls({
  api: () => trainer.api,
  names: () => classes.names,
  onLoad(names) {
    hasModel = true;
    if (names) rename(names);
    update();
    guess.refresh();
  },
});

connectCopyButton(byId('copy', HTMLButtonElement), byId('code'));
byId('show-me').addEventListener('click', showMe);
byId('train').addEventListener('click', () => train());
byId('stop').addEventListener('click', () => trainer.stop());
byId('measure').addEventListener('click', measure);
onOption(async (changes) => {
  const values = settings.write(changes);
  showOptions(values);
  if (changes.from) lookAt(values.from);
});
settings.onChange(apply);
apply(settings.read());
update();
begin();

/** @param {import('./options.js').Settings} values */
function apply(values) {
  showOptions(values);
  rename([values.one, values.two, values.three]);
  lookAt(values.from);
}

/** @param {'pad' | 'camera'} wanted */
async function lookAt(wanted) {
  const from = await stage.lookAt(wanted);
  if (from !== wanted) showOptions(settings.write({ from }));
}

/** @param {string[]} names of the classes */
function rename(names) {
  classes.names = names;
  guess.rename(classes.names);
  const [one, two, three] = names;
  settings.write({ one, two, three });
}

function lookAgain() {
  classes.allowAdding(stage.hasPicture);
  guess.refresh();
}

async function begin() {
  await during('loading', async () => {
    await withProgress(byId('progress'), 'Loading TensorFlow.js and the kernels', async () => {
      await trainer.start();
      await trainer.prepare(settings.read().backend);
    });
    trainer.failure.catch((error) => {
      activity = 'broken';
      showFailure(messages, error);
      update();
    });
    await model.showWhetherKept();
  });
}

async function showMe() {
  const [before, names] = [classes.pictures, classes.names];
  const isTheirs = classes.count > 0 && !classes.arePagesOwn;
  clearMessage(messages);
  await lookAt('pad');
  showOptions(settings.write({ from: 'pad' }));
  byId('start-hint').textContent = 'Drawing examples …';
  await during('drawing', async () => {
    rename(SHAPES);
    await drawExamples({ stage, classes });
  });
  if (isTheirs) {
    showMessage(messages, {
      title: 'Your examples have made room for the page’s own.',
      action: {
        label: 'Bring mine back',
        run() {
          clearMessage(messages);
          rename(names);
          classes.set(before);
        },
      },
    });
  }
  const hint = byId('start-hint');
  await train((text) => (hint.textContent = text));
  hint.textContent = byId('outcome').textContent;
  if (run.isComplete) drawUnseen(stage);
}

/** @param {(text: string) => void} [tell] is told how far it is */
async function train(tell) {
  const { backend, epochs } = settings.read();
  run.clear();
  byId('outcome').textContent = '';
  await during('training', async () => {
    const start = performance.now();
    await trainer.train(backend, samplesOf(classes.pictures), epochs, (step) => {
      run.add(step);
      tell?.(`Training: step ${step.step} of ${step.steps} …`);
      hasModel = true;
    });
    const took = performance.now() - start;
    run.finish();
    speed.set(backend, run.times);
    byId('outcome').textContent = summary(run.steps, took, await trainer.api.countParameters());
  });
  guess.refresh();
}

/** On both backends, one after the other: what else the device does is then much the same for both. */
async function measure() {
  const samples = samplesOf(classes.pictures);
  await during('measuring', () =>
    withProgress(byId('measure-progress'), 'Training on each', async (report) => {
      for (const [i, backend] of BACKENDS.entries()) {
        /** @type {number[]} */
        const times = [];
        await trainer.measure(backend, samples, MEASURED_STEPS, ({ milliseconds }) => {
          times.push(milliseconds);
          report((i + times.length / MEASURED_STEPS) / BACKENDS.length);
        });
        speed.set(backend, times);
      }
    }),
  );
}

/**
 * Does the work while the page says so, and shows a failure.
 *
 * @param {import('./buttons.js').Activity} what
 * @param {() => Promise<void>} work
 */
async function during(what, work) {
  activity = what;
  update();
  try {
    await work();
  } catch (error) {
    showFailure(messages, error);
    if (error instanceof WorkerError) activity = 'broken';
  } finally {
    if (activity === what) activity = 'ready';
    update();
  }
}

function update() {
  const missing = whatIsMissing(classes.pictures, classes.names);
  allowButtons({ activity, missing, hasModel });
}
