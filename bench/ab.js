import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import seedrandom from 'seedrandom';
import { createProgress, listOf, plainTable, positive, positiveWhole } from './shared/command-line.js';
import { passesOf } from './shared/depthwise.js';
import { allRows, formatShape, parseShape, selectLayers, tableRows } from './shared/layers.js';
import { geometricMean, median, ratioText, timeText } from './shared/numbers.js';
import { allPasses, differenceFrom, randomValues, sizeOf } from './shared/reference.js';
import { allowRelaxedSimd, compileOptimizedOnly } from './shared/v8.js';

// node bench/ab.js --against FOLDER: compares the built package of this checkout ("a") with that of another checkout ("b"). Both run in one
// process and take turns. Load on the machine affects both, so the ratios are more reliable than the times.

const GROUPS = ['nhwc', 'nchw', 'call', 'dense'];
/** The maximum difference between the results of the two packages, relative to the largest value. */
const TOLERANCE = 1e-4;
/** The length of a turn: long compared with the resolution of the clock. */
const TURN_MS = 1;
const WARM_UP_MS = 20;
/** Addresses modulo a page influence the caches, so each repetition places the tensors differently. */
const PAGE_FLOATS = 1024;
const LINE_FLOATS = 16;

/** Dense layers of MobileNetV1 (α 0.25, 96 × 96, batch 8) and two with 3 × 3 filters: size, channels, output channels, filter, stride. */
const DENSE_LAYERS = [
  [48, 8, 16, 1, 1],
  [24, 16, 32, 1, 1],
  [24, 32, 32, 1, 1],
  [12, 64, 64, 1, 1],
  [6, 128, 128, 1, 1],
  [3, 256, 256, 1, 1],
  [96, 3, 8, 3, 2],
  [12, 32, 32, 3, 1],
];
const DENSE_KERNELS = { input: 'Conv2DBackpropInput', filter: 'Conv2DBackpropFilter' };

const options = readOptions();
compileOptimizedOnly();
if (options.variant === 'relaxed-simd') allowRelaxedSimd();
const roots = [join(import.meta.dirname, '..'), resolve(options.against)];
const progress = createProgress();
const packages = await Promise.all(roots.map((root, i) => importFrom(root, 'js/index.node.js', i)));
const loaded = await Promise.all(packages.map(({ load }) => load({ variant: options.variant })));
const results = [];
for (const group of options.groups) {
  if (group === 'dense') await measureDense();
  else for (const row of rowsOf(group)) measureRow(group, row);
}
progress.end();
printReport();
if (options.json) await writeFile(options.json, `${JSON.stringify({ ...options, results }, null, 2)}\n`);
if (results.some(({ difference }) => !(difference <= TOLERANCE))) process.exitCode = 1;

function readOptions() {
  const program = new Command('node bench/ab.js')
    .description('Compares the built package of this checkout with the built package of another checkout.')
    .requiredOption('--against <folder>', 'root of the other checkout; its dist/ must be built')
    .addOption(
      new Option('--groups <names>', `what to measure: ${GROUPS.join(',')}`)
        .argParser(listOf(GROUPS))
        .default(GROUPS, 'all'),
    )
    .addOption(
      new Option('--passes <names>', `which of ${allPasses.join(',')}`)
        .argParser(listOf(allPasses))
        .default(allPasses, 'all'),
    )
    .option('--rows <names...>', 'names or globs of rows of npm run bench (default: the 16 rows of its table)')
    .addOption(new Option('--variant <name>', 'build of the package').choices(['simd', 'relaxed-simd']).default('simd'))
    .option('--rounds <count>', 'turns of each package in a repetition', positiveWhole, 30)
    .option('--repeats <count>', 'repetitions, each with tensors at other addresses', positiveWhole, 5)
    .option('--limit <percent>', 'mark rows that differ by more', positive, 3)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText(
      'after',
      `
ratio is the time of this checkout divided by the time of the other: below 1 this checkout is faster.
Exit code: 0, or 1 when the results of the two packages differ by more than ${TOLERANCE} of the largest value.`,
    )
    .parse();
  const { against, ...rest } = program.opts();
  if (!existsSync(join(against, 'dist')))
    program.error(`error: ${against} has no dist/; run npm run build there first`);
  return { against, ...rest };
}

/** A query makes a copy of the module, so that a checkout can also be compared with itself. */
function importFrom(root, file, index) {
  return import(`${pathToFileURL(join(root, file)).href}?ab=${index}`);
}

function rowsOf(group) {
  if (group === 'call') return [parseShape('1x1x1x1,1x1', 'smallest')];
  const rows = options.rows
    ? selectLayers(
        options.rows.flatMap((text) => text.split(',')),
        allRows,
      )
    : tableRows;
  return group === 'nchw' ? rows.map((row) => ({ ...row, dataFormat: 'NCHW' })) : rows;
}

function measureRow(group, layer) {
  progress.say(`${group} ${layer.name}`);
  const values = randomValues(layer);
  const samples = {};
  for (let repeat = 0; repeat < options.repeats; ++repeat) {
    const random = seedrandom.alea(`${layer.name} ${repeat}`);
    const gaps = Object.keys(values).map(() => 1 + LINE_FLOATS * Math.floor((random() * PAGE_FLOATS) / LINE_FLOATS));
    const placed = loaded.map((dw) => placeTensors(dw, values, gaps));
    const calls = placed.map(({ tensors }, i) => passesOf(loaded[i], layer, tensors));
    for (const pass of options.passes) {
      samples[pass] ??= [];
      samples[pass].push(compareCalls(calls.map((of) => of[pass])));
    }
    for (const { dispose } of placed) dispose();
  }
  for (const pass of options.passes) addResult(group, layer.name, formatShape(layer), pass, samples[pass]);
}

/** The tensors of a layer, with a gap of some floats before each. */
function placeTensors(dw, values, gaps) {
  const fillers = [];
  const tensors = {};
  Object.entries(values).forEach(([name, { data, shape }], i) => {
    fillers.push(dw.tensor(new Float32Array(gaps[i]), [gaps[i]]));
    tensors[name] = dw.tensor(data, shape);
  });
  const dispose = () => [...fillers, ...Object.values(tensors)].forEach((tensor) => tensor.dispose());
  return { tensors, dispose };
}

/** Both plug-ins compute in the memory of one tfjs backend, with the same tensors. */
async function measureDense() {
  const passes = options.passes.filter((pass) => pass in DENSE_KERNELS);
  const { startTfjs, tf } = await import('./shared/tfjs.js');
  const backend = await startTfjs('wasm');
  const kernels = [];
  for (const [i, root] of roots.entries()) {
    const { registerKernels } = await importFrom(root, 'js/tfjs/index.node.js', i);
    await registerKernels(tf, { backend: 'wasm', variant: options.variant });
    kernels.push(
      Object.fromEntries(passes.map((pass) => [pass, tf.getKernel(DENSE_KERNELS[pass], 'wasm').kernelFunc])),
    );
  }
  for (const [size, channels, outChannels, filter, stride] of DENSE_LAYERS) {
    const shapes = {
      x: [8, size, size, channels],
      dy: [8, Math.ceil(size / stride), Math.ceil(size / stride), outChannels],
      filter: [filter, filter, channels, outChannels],
    };
    const name = `${size}x${size}x${channels},${filter}x${filter}x${outChannels}${stride > 1 ? `,stride=${stride}` : ''}`;
    progress.say(`dense ${name}`);
    const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: null };
    for (const pass of passes) {
      const samples = [];
      for (let repeat = 0; repeat < options.repeats; ++repeat) {
        const random = seedrandom.alea(`${name} ${repeat}`);
        const filler = tf.zeros([1 + Math.floor(random() * PAGE_FLOATS)]);
        const tensors = Object.fromEntries(
          Object.entries(shapes).map(([key, shape]) => {
            const data = Float32Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1);
            return [key, tf.tensor(data, shape)];
          }),
        );
        const { x, dy, filter: weights } = tensors;
        const [inputs, extra] =
          pass === 'input'
            ? [{ dy, filter: weights }, { inputShape: x.shape }]
            : [{ x, dy }, { filterShape: shapes.filter }];
        const calls = kernels.map((of) => () => {
          const { dataId, shape } = of[pass]({ inputs, attrs: { ...attrs, ...extra }, backend });
          return { shape, dataSync: () => backend.readSync(dataId), dispose: () => backend.disposeData(dataId) };
        });
        samples.push(compareCalls(calls));
        tf.dispose([filler, tensors]);
      }
      addResult('dense', name, name, pass, samples);
    }
  }
}

/** Measures both packages in turn. Returns { times, difference }: the milliseconds of one call in each turn, and between the results. */
function compareCalls(calls) {
  const [first, second] = calls.map((call) => {
    const result = call();
    const { shape } = result;
    const data = result.dataSync().slice();
    result.dispose();
    return { shape, data };
  });
  const difference = differenceFrom(second, first.shape, first.data);
  const counts = calls.map((call) => {
    let count = 0;
    const start = performance.now();
    for (; count === 0 || performance.now() - start < WARM_UP_MS; ++count) call().dispose();
    return (count * TURN_MS) / (performance.now() - start);
  });
  // The same number of calls for both.
  const count = Math.max(1, Math.round(Math.min(...counts)));
  const times = [[], []];
  for (let round = 0; round < options.rounds; ++round) {
    // The order alternates, so that it favours neither.
    for (const i of round % 2 ? [1, 0] : [0, 1]) times[i].push(turnOf(calls[i], count));
  }
  return { times, difference };
}

function turnOf(call, count) {
  call().dispose(); // brings its data back into the caches
  const start = performance.now();
  for (let i = 0; i < count; ++i) call().dispose();
  return (performance.now() - start) / count;
}

function addResult(group, row, shape, pass, samples) {
  const all = [0, 1].map((i) => median(samples.flatMap(({ times }) => times[i])));
  // The median of the repetitions' ratios: each compares two medians that were measured at the same time.
  const ratios = samples.map(({ times }) => median(times[0]) / median(times[1]));
  results.push({
    ...{ group, row, shape, pass, milliseconds: all, ratio: median(ratios) },
    ...{ lowest: Math.min(...ratios), highest: Math.max(...ratios) },
    difference: Math.max(...samples.map(({ difference }) => difference)),
  });
}

function printReport() {
  const limit = options.limit / 100;
  const mark = (ratio) => (Math.abs(ratio - 1) > limit ? ' !' : '  ');
  const body = results.map(({ group, row, pass, milliseconds: [a, b], ratio, lowest, highest, difference }) => [
    group,
    row,
    pass,
    timeText(a),
    timeText(b),
    `${ratio.toFixed(3)}${mark(ratio)}`,
    `${ratioText(lowest)}–${ratioText(highest)}`,
    difference <= TOLERANCE ? '' : `RESULTS DIFFER by ${difference}`,
  ]);
  const head = ['group', 'row', 'pass', 'this', 'other', 'ratio  ', 'repeats', ''];
  console.log([...plainTable({ head, body, numbersFrom: 3 }), ''].join('\n'));
  const means = options.groups.flatMap((group) =>
    options.passes.flatMap((pass) => {
      const ratios = results
        .filter((result) => result.group === group && result.pass === pass)
        .map(({ ratio }) => ratio);
      return ratios.length > 0 ? [[group, pass, ratios.length, geometricMean(ratios)]] : [];
    }),
  );
  const meanBody = means.map(([group, pass, rows, mean]) => [
    group,
    pass,
    String(rows),
    `${mean.toFixed(3)}${mark(mean)}`,
  ]);
  const meanHead = ['geometric means', 'pass', 'rows', 'ratio  '];
  console.log(plainTable({ head: meanHead, body: meanBody, numbersFrom: 2 }).join('\n'));
  console.log(
    [
      '',
      `ratio: time of ${roots[0]} / time of ${roots[1]} (${options.variant}, Node ${process.versions.node}). Below 1 the first is faster.`,
      `! marks differences above ${options.limit} %. repeats: lowest and highest ratio of ${options.repeats} repetitions.`,
    ].join('\n'),
  );
}
