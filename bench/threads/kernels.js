import { denseLayers } from '../shared/dense-layers.js';
import { parseShape, tableRows } from '../shared/layers.js';
import { plainTable } from '../shared/command-line.js';
import { geometricMean, ratioText, timeText } from '../shared/numbers.js';
import { differenceFrom, randomValues } from '../shared/reference.js';
import { rawCall, rawTensor, tf } from '../shared/tfjs.js';
import { setUpTfjs, startBackend, tfjsKernels, threadCounts } from './backends.js';
import { goalLines } from './goals.js';
import { PREDICTED, predictedSpeedUp } from './prediction.js';
import { quantile, samplesInTurn, sorted, whileBusy } from './samples.js';

// npm run bench -- --threads: the passes of convolutions on one thread and on several, in turn in one process.

const LONG_MILLISECONDS = 0.075;
const SHORT_MILLISECONDS = 0.014;
/** The row whose time is that of moving its tensors. */
const MEMORY_ROW = 'mobilenet-v1/2';
const BUSY_ROWS = ['mobilenet-v1/1', 'mobilenet-v1/5', 'mobilenet-v1/dense-3', 'mobilenet-v1/dense-8'];
/** How often the tensors of a row are placed in memory, and floats before them. */
const PLACEMENTS = 6;
const MAX_PADDING = 2048;
const PADDING = [701, 1103, 1447];
const PASSES = { forward: '', input: 'BackpropInput', filter: 'BackpropFilter' };

/** The rows of --threads if none are selected: the depthwise rows of the table, and the dense ones of MobileNetV1 and ResNet-18. */
export const threadRows = [...tableRows, ...denseLayers.filter(({ name }) => /^(mobilenet-v1|resnet-18)/.test(name))];
/** Measures rows and prints the tables. @param {{ rows: object[], passes: string[], budget: number, progress: any }} options */
export async function benchThreads({ rows, passes, budget, progress }) {
  const counts = threadCounts();
  if (counts.length < 2) throw new Error('threads need two processors');
  const backends = [];
  for (const count of counts) backends.push(await startBackend(count));
  setUpTfjs(backends.at(-1));
  const chosen = passes.filter((pass) => pass in PASSES);
  const seconds = budget / (rows.length * chosen.length + 1 + BUSY_ROWS.length);
  progress.expect(rows.length + 2);
  const results = [];
  for (const row of rows) {
    progress.next(row.name);
    for (const pass of chosen) results.push(measure(row, pass, backends, seconds));
  }
  progress.next('smallest call');
  const smallest = measure(parseShape('1x1x1x1,1x1', 'smallest'), 'forward', backends, seconds);
  progress.next('a busy processor');
  const busyRows = rows.filter(({ name }) => BUSY_ROWS.includes(name));
  const busy = await whileBusy(() => busyRows.map((row) => measure(row, 'forward', backends, seconds)));
  progress.end();
  console.log(report({ counts, results, smallest, busy, variant: backends[0].variant }).join('\n'));
}

/**
 * Returns the sorted times of a pass on each backend, and of tfjs's own forward pass on the most threads. A kernel takes up to twice as long at
 * other addresses, and addresses differ between the backends, so the tensors are placed several times.
 */
function measure(row, pass, backends, seconds) {
  const values = randomValues(row);
  const kernelName = `${row.outChannels ? 'Conv2D' : 'DepthwiseConv2dNative'}${PASSES[pass]}`;
  const kernels = backends.map(({ backend }) => [backend, tf.getKernel(kernelName, 'wasm')]);
  if (pass === 'forward') kernels.push([backends.at(-1).backend, tfjsKernels.get(kernelName)]);
  const samples = kernels.map(() => []);
  for (let placement = 0; placement < PLACEMENTS; ++placement) {
    const padding = PADDING.map((size) => new Float32Array(1 + ((size * (placement + 1)) % MAX_PADDING)));
    const candidates = kernels.map(([backend, kernel]) => callOn(backend, kernel, row, pass, values, padding));
    const [right, ...others] = candidates.slice(0, backends.length).map(({ first }) => first());
    for (const { shape, data } of others) {
      if (differenceFrom(right, shape, data) !== 0)
        throw new Error(`${row.name} ${pass}: other bits on several threads`);
    }
    const times = samplesInTurn(
      candidates.map(({ call }) => call),
      seconds / PLACEMENTS,
    );
    times.forEach((list, i) => (samples[i] = samples[i].concat(list)));
    for (const { dispose } of candidates) dispose();
  }
  const times = samples.map(sorted);
  return { row: row.name, pass, times: times.slice(0, backends.length), tfjs: times[backends.length] };
}

/** Returns a call of a kernel. `padding` are arrays in memory before each tensor. */
function callOn(backend, kernel, row, pass, values, padding) {
  const { strides, dilations, pad } = row;
  const tensors = [values.x, values.filter, values.dy].flatMap((value, i) =>
    [{ data: padding[i], shape: [padding[i].length] }, value].map((each) => rawTensor(backend, each)),
  );
  const [, x, , filter, , dy] = tensors;
  const attrs = { strides, dilations, pad, dataFormat: 'NHWC', dimRoundingMode: null };
  const [inputs, more] = {
    forward: [{ x, filter }, {}],
    input: [{ dy, filter }, { inputShape: x.shape }],
    filter: [{ x, dy }, { filterShape: filter.shape }],
  }[pass];
  const run = rawCall(kernel, backend, inputs, { ...attrs, ...more });
  return {
    call: () => run().dispose(),
    first() {
      const result = run();
      const first = { shape: result.shape, data: result.dataSync().slice() };
      result.dispose();
      return first;
    },
    dispose: () => tensors.forEach(({ dataId }) => backend.disposeData(dataId)),
  };
}

const medianOf = (samples) => quantile(samples, 0.5);

function report({ counts, results, smallest, busy, variant }) {
  const most = counts.at(-1);
  const speedUp = ({ times }, i = counts.length - 1) => medianOf(times[0]) / medianOf(times[i]);
  const isLong = ({ times }) => medianOf(times[0]) >= LONG_MILLISECONDS;
  const isShort = (result) => !isLong(result) && medianOf(result.times[0]) >= SHORT_MILLISECONDS;
  const rowOf = (result) => [
    ...[result.row, result.pass, ...result.times.map((times) => timeText(medianOf(times)))],
    ...counts.slice(1).map((_, i) => ratioText(speedUp(result, i + 1))),
    ...PREDICTED.map((threads) => `(${ratioText(predictedSpeedUp(speedUp(result), most, threads))})`),
    result.tfjs ? ratioText(medianOf(result.tfjs) / medianOf(result.times.at(-1))) : '',
  ];
  const classes = { long: results.filter(isLong), short: results.filter(isShort) };
  const memory = results.filter(({ row }) => row === MEMORY_ROW);
  const mean = (list, valueOf) => (list.length > 0 ? geometricMean(list.map(valueOf)) : undefined);
  const busyRatio = (share) => mean(busy, ({ times }) => quantile(times.at(-1), share) / quantile(times[0], share));
  const figures = {
    long: mean(classes.long, (result) => speedUp(result)),
    short: mean(classes.short, (result) => speedUp(result)),
    memory: mean(memory, (result) => speedUp(result)),
    smallest: 1 / speedUp(smallest),
    'busy/median': busyRatio(0.5),
    'busy/late': busyRatio(0.9),
  };
  const measured = Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
  return [
    '',
    `Threads, ${variant}. Medians; speed-up against one thread; (predicted); tfjs: time of its kernel on ${most} threads relative to this package.`,
    '',
    ...plainTable({
      head: [
        ...['row', 'pass', ...counts.map((count) => `${count} thread${count > 1 ? 's' : ''}`)],
        ...counts.slice(1).map((count) => `× on ${count}`),
        ...PREDICTED.map((threads) => `(× on ${threads})`),
        'tfjs',
      ],
      body: [...results, smallest].map(rowOf),
      numbersFrom: 2,
    }),
    '',
    'A number in brackets is a prediction by Amdahl’s law, not a measurement. The bits are equal on any number of threads.',
    'tfjs does not start its threads in Node. Here its kernels run in a backend that the tests of this package assemble; in a page, they may be faster or slower.',
    '',
    `Goals, for two processors; ${most} threads:`,
    '',
    ...plainTable({ head: ['', 'measured', 'floor', 'aim', ''], body: goalLines(measured), numbersFrom: 1 }),
  ];
}
