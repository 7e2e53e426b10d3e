import { plainTable } from '../shared/command-line.js';
import { ratioText } from '../shared/numbers.js';
import { ways } from './training.js';

/** A kernel with less than this share of the time of all kernels is not printed in a row of its own. */
const MIN_SHARE = 0.01;
const COLUMN = 16;

export const milliseconds = (value) => `${value < 99.95 ? value.toPrecision(3) : value.toFixed(0)} ms`;
const megabytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** Returns the lines above those of the steps. */
export function headLines({ title, alpha, size, batch, optimizer, kernels, trained }) {
  const titles = trained.map((way) => ways[way].title);
  return [
    `${title} α ${ratioText(alpha)}, ${size}×${size}, batch ${batch}, ${optimizer}. Each step of training is computed ${trained.length} times in turn:`,
    `no hooks: tfjs's wasm backend, with this package (${kernels} kernels); hooks: with its training hooks, too; compiled: with hooks and { compile: true }${trained.includes('cpu') ? '; cpu: on the cpu backend' : ''}.`,
    '',
    ['step', ...titles.map((each) => `loss, ${each}`), ...titles].map(column).join(''),
  ];
}

export function stepLine(number, results) {
  const losses = results.map(({ loss }) => loss.toFixed(6));
  return [String(number), ...losses, ...results.map((result) => milliseconds(result.milliseconds))]
    .map(column)
    .join('');
}

function column(text) {
  return text.padStart(COLUMN);
}

/** Returns the tables after the steps. */
export function finalReport({ ok, tolerance, difference, limit, work, speeds, trainings, tfjs, node, cpu }) {
  const billions = (perMillisecond) => (perMillisecond / 1e6).toFixed(0);
  const share = (value, speed) => (value / speed).toFixed(1);
  const { flops, bytes } = work;
  const rows = trainings.map(({ way, fastest, median, processor, growth, memory }) => [
    ways[way].title,
    milliseconds(fastest),
    milliseconds(median),
    milliseconds(processor),
    ratioText(fastest / limit),
    ...(memory
      ? [
          String(memory.live.tensors),
          megabytes(memory.live.bytes),
          megabytes(memory.peak),
          ratioText(memory.peak / memory.live.bytes),
        ]
      : ['', '', '', '']),
    megabytes(growth),
  ]);
  return [
    '',
    ...plainTable({
      head: ['', 'fastest step', 'median', 'processor', '× limit', 'tensors', 'live', 'peak', 'peak / live', 'growth'],
      body: rows,
      numbersFrom: 1,
    }),
    '',
    `Limit ${milliseconds(limit)}, with ${billions(speeds.arithmetic)} GF and copies at ${billions(speeds.copy)} GB/s: forward ${share(flops.forward, speeds.arithmetic)}, input gradients ${share(flops.inputGradients, speeds.arithmetic)}, filter gradients ${share(flops.filterGradients, speeds.arithmetic)}, normalization and activations ${share(bytes.elementwise, speeds.copy)}, optimizer ${share(bytes.optimizer, speeds.copy)} ms.`,
    'processor: least time of all threads of the process in a step. If it is much shorter than the fastest step, other programs were running.',
    'live: tensors after the forward pass. peak: largest number of bytes in use during a step.',
    `Largest relative difference between the losses: ${difference.toExponential(1)}${ok ? '' : `, more than ${tolerance}`}.`,
    `${cpu} · Node ${node} · tfjs ${tfjs}. The median does not include the first step, which warms up.`,
  ];
}

/** Returns the table of a profile of profileSteps. `limit` is that of the step. */
export function profileReport(way, limit, { milliseconds: step, javascript, garbage, kernels }) {
  const least = MIN_SHARE * kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const shown = kernels.filter((kernel) => kernel.milliseconds >= least);
  const others = kernels.filter((kernel) => kernel.milliseconds < least);
  const sum = (valueOf) => others.reduce((total, kernel) => total + valueOf(kernel), 0);
  const body = shown.map(({ name, calls, milliseconds, flops, bytes, limit }) => [
    ...[name, String(calls), milliseconds.toFixed(3), speedText(flops, bytes, milliseconds)],
    limit > 0 ? ratioText(milliseconds / limit) : '–',
  ]);
  if (others.length > 0) {
    const time = sum((kernel) => kernel.milliseconds);
    body.push([`${others.length} others`, String(sum(({ calls }) => calls)), time.toFixed(3), '', '']);
  }
  const [allCalls, inKernels] = ['calls', 'milliseconds'].map((key) =>
    kernels.reduce((total, kernel) => total + kernel[key], 0),
  );
  return [
    '',
    `Profile, ${ways[way].title}: fastest step ${milliseconds(step)}; kernels ${inKernels.toFixed(2)} (${allCalls} calls) + JavaScript ${javascript.toFixed(2)} = ${milliseconds(inKernels + javascript)}, ${ratioText((inKernels + javascript) / limit)} × limit; garbage collection ${garbage.toFixed(2)} ms.`,
    '',
    ...plainTable({ head: ['kernel', 'calls', 'ms', 'speed', '× limit'], body, numbersFrom: 1 }),
  ];
}

function speedText(flops, bytes, milliseconds) {
  if (flops > 0) return `${(flops / milliseconds / 1e6).toFixed(1)} GF`;
  return bytes > 0 ? `${(bytes / milliseconds / 1e6).toFixed(1)} GB/s` : '–';
}
