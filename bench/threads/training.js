import { plainTable } from '../shared/command-line.js';
import { hookTraining } from 'depthwise-wasm/tfjs';
import { quantile, sorted, whileBusy } from './samples.js';
import { ratioText } from '../shared/numbers.js';
import { createTraining } from '../train/training.js';
import { tf } from '../shared/tfjs.js';
import { startBackend, threadCounts } from './backends.js';
import { goalLines } from './goals.js';
import { PREDICTED, predictedSpeedUp } from './prediction.js';

// npm run compare:train -- --threads: compiled steps of training on one thread and on several, in turn in one process.

/** The networks of the goals. */
const SIZES = {
  'step/large': { alpha: 1, size: 160 },
  'step/small': { alpha: 0.25, size: 96 },
};

/** @param {{ network: string, optimizer: string, batch: number, steps: number, print: (line: string) => void }} options */
export async function compareThreads({ network, optimizer, batch, steps, print }) {
  const counts = threadCounts();
  if (counts.length < 2) throw new Error('threads need two processors');
  const backends = [];
  for (const count of counts) backends.push(await startBackend(count));
  const figures = {};
  const body = [];
  for (const [id, { alpha, size }] of Object.entries(SIZES)) {
    print(`${network} α ${alpha}, ${size}×${size}, batch ${batch}, ${optimizer}: ${steps} steps`);
    const trainings = [];
    for (const { activate } of backends) {
      await activate();
      trainings.push(await createTraining('compiled', { network, optimizer, batch, size, alpha }));
    }
    const measure = () => stepsInTurn(backends, trainings, steps);
    const idle = await measure();
    const busy = await whileBusy(measure);
    body.push(rowOf(`α ${alpha}, ${size}×${size}`, idle, counts), rowOf('the same, a processor busy', busy, counts));
    figures[id] = speedUp(idle);
    if (id === 'step/small') {
      for (const [name, share] of [
        ['busy/median', 0.5],
        ['busy/late', 0.9],
      ]) {
        figures[name] = quantile(busy.at(-1), share) / quantile(busy[0], share);
      }
    }
  }
  hookTraining(tf).undo();
  print(reportLines(counts, body, figures).join('\n'));
}

/** Returns the sorted times of the steps of each training. The losses must have the same bits. */
async function stepsInTurn(backends, trainings, steps) {
  const samples = trainings.map(() => []);
  for (let step = 0; step <= steps; ++step) {
    const losses = [];
    for (const [i, training] of trainings.entries()) {
      await backends[i].activate();
      await training.activate();
      const { loss, milliseconds } = await training.step();
      losses.push(loss);
      if (step > 0) samples[i].push(milliseconds); // the first step warms up
    }
    if (losses.some((loss) => loss !== losses[0]))
      throw new Error(`other losses on several threads: ${losses.join(', ')}`);
  }
  return samples.map(sorted);
}

const speedUp = (samples) => quantile(samples[0], 0.5) / quantile(samples.at(-1), 0.5);

function rowOf(title, samples, counts) {
  const times = samples.map((each) => `${quantile(each, 0.5).toFixed(1)} / ${quantile(each, 0.9).toFixed(1)} ms`);
  const ratios = samples.slice(1).map((each) => ratioText(quantile(samples[0], 0.5) / quantile(each, 0.5)));
  const predicted = PREDICTED.map(
    (threads) => `(${ratioText(predictedSpeedUp(speedUp(samples), counts.at(-1), threads))})`,
  );
  return [title, ...times, ...ratios, ...predicted];
}

function reportLines(counts, body, figures) {
  return [
    '',
    ...plainTable({
      head: [
        ...['median / 90th percentile', ...counts.map((count) => `${count} thread${count > 1 ? 's' : ''}`)],
        ...counts.slice(1).map((count) => `× on ${count}`),
        ...PREDICTED.map((threads) => `(× on ${threads})`),
      ],
      body,
      numbersFrom: 1,
    }),
    '',
    'A number in brackets is a prediction by Amdahl’s law, not a measurement. The losses have the same bits on any number of threads.',
    'tfjs does not start its threads in Node. The backend is one that the tests of this package assemble.',
    '',
    `Goals, for two processors; ${counts.at(-1)} threads; of the busy processor, the smaller network:`,
    '',
    ...plainTable({ head: ['', 'measured', 'floor', 'aim', ''], body: goalLines(figures), numbersFrom: 1 }),
  ];
}
