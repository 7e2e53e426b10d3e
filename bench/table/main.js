import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { BROWSERS_BUDGET, benchBrowsers, browserRows } from '../browsers/bench.js';
import { engineNames } from '../browsers/engines.js';
import { loadLimitsModule } from '../limits/limits.js';
import {
  append,
  createProgress,
  listOf,
  machine,
  packageVersion,
  positive,
  positiveWhole,
  readOptions,
} from '../shared/command-line.js';
import { denseLayers } from '../shared/dense-layers.js';
import { createDepthwise } from '../shared/depthwise.js';
import { allRows, formatShape, parseShape, selectLayers, tableRows } from '../shared/layers.js';
import { tolerance } from '../shared/measure.js';
import { allPasses } from '../shared/reference.js';
import { allowRelaxedSimd, compileOptimizedOnly, optimizingOnly } from '../shared/v8.js';
import { PLAIN, RELAXED } from './goals.js';
import { poolRows } from './pooling.js';
import { documentOf, textReport } from './report.js';
import { measureSections, sectionNames } from './sections.js';

// npm run bench: this package against other packages, against the limits of the machine, and against its goals.

const QUICK = {
  rows: [
    ...['mobilenet-v1/2', 'mobilenet-v1/3', 'mobilenet-v1/7', 'efficientnet-b0/12', 'convnext-t/7'],
    ...['mobilenet-v1/dense-1', 'mobilenet-v1/dense-8', 'mobilenet-v2/dense-3', 'resnet-18/dense-5'],
    ...['pool-2x2-s2/1', 'pool-3x3-s2/1'],
  ],
  peers: ['tfjs-wasm'],
  budget: 30,
};

const createPeer = {
  'tfjs-wasm': () => tfjs('wasm'),
  'tfjs-cpu': () => tfjs('cpu'),
  litert: () => remote('litert', { file: './litert.js', create: 'createLiteRt' }),
  ort: () => remote('ort', { file: './ort.js', create: 'createInference' }),
  'ort-training': () => remote('ort-training', { file: './ort.js', create: 'createTraining' }),
};
/** The rows that are measured if none are selected. */
const usualRows = [...tableRows, ...denseLayers, ...poolRows];
const selectableRows = [...allRows, ...denseLayers, ...poolRows];
const ALL = { peers: Object.keys(createPeer), budget: 400 };

const options = readOptions(commandLine(), resolveOptions);
if (options.list) printList();
else if (options.browsers) await benchInBrowsers();
else if (options.threads) await benchOnThreads();
else await bench();

function commandLine() {
  const examples = `
Examples:
  npm run bench -- --list                                          the rows; * marks the table
  npm run bench -- --quick                                         half a minute: some rows, tfjs wasm, no other peers
  npm run bench -- --sections passes --rows mobilenet-v1/7 'convnext-*' --passes forward,fused
  npm run bench -- --sections layouts,addresses --peers none
  npm run bench -- --shape 1x56x56x128,3x3 --sections passes       shapes as in npm run compare -- --help
  npm run bench -- --browsers Chromium,Firefox                     the passes in engines, side by side
  npm run bench -- --browsers Chromium --threads                   the same, both packages on all processors
  npm run bench -- --json bench.json                               for npm run bench:chart
  npx -p node@24 -c 'npm run bench'                                on another Node

Exit code: 0, or 1 when a result of this package is wrong, or 2 for wrong options.
bench/README.md describes the method and the output, bench/table/report.js the file of --json.`;
  const choice = (flags, text, allowed) =>
    new Option(flags, `${text}: ${allowed.join(',')}`).argParser(listOf(allowed));
  return new Command('npm run bench --')
    .description(
      'Measures this package against other packages, against the limits of the machine, and against its goals.',
    )
    .option('--rows <names...>', 'names or globs of rows')
    .option('--shape <spec>', 'a row of your own (may be repeated)', append)
    .option('--list', 'print the rows and end')
    .addOption(choice('--passes <names>', 'which of', allPasses).default(allPasses, 'all'))
    .addOption(choice('--peers <names>', 'which of', [...ALL.peers, 'none']))
    .addOption(choice('--variants <names>', 'of this package', [PLAIN, RELAXED]).default([PLAIN, RELAXED], 'both'))
    .addOption(choice('--sections <names>', 'what to measure', sectionNames).default(sectionNames, 'all'))
    .option(
      '--threads',
      'measure the passes on one thread and on several instead; of the options: rows, passes, budget',
    )
    .addOption(
      new Option(
        '--browsers [names]',
        `measure the passes in browsers, Node and Bun instead: ${engineNames.join(',')}; of the options: threads, rows, shape, passes, budget, json`,
      )
        .argParser(listOf(engineNames))
        .preset(engineNames.join()),
    )
    .option('--quick', 'fewer rows and peers, less time')
    .option('--budget <seconds>', `time of the measurement, for everything together (default: ${ALL.budget})`, positive)
    .option('--rounds <count>', 'turns of each backend, at most', positiveWhole, 100)
    .option('--json <file>', 'also write all results as JSON')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)');
}

function resolveOptions(given) {
  const usual = given.quick ? QUICK : ALL;
  const own = (given.shape ?? []).map((text, index) => parseShape(text, `own/${index + 1}`));
  const patterns = given.rows?.flatMap((text) => text.split(',')) ?? (own.length > 0 ? [] : usual.rows);
  const rows = [...(patterns ? selectLayers(patterns, selectableRows) : usualRows), ...own];
  const isDepthwise = (row) => !denseLayers.includes(row) && !poolRows.includes(row);
  return {
    ...given,
    hasRows: patterns !== undefined,
    rows: rows.filter(isDepthwise),
    denseRows: denseLayers.filter((row) => rows.includes(row)),
    poolRows: poolRows.filter((row) => rows.includes(row)),
    peers: (given.peers ?? usual.peers).filter((peer) => peer !== 'none'),
    variants: [PLAIN, ...given.variants.filter((variant) => variant !== PLAIN)],
    budget: given.budget ?? (given.browsers ? BROWSERS_BUDGET : usual.budget),
  };
}

function printList() {
  for (const row of selectableRows) {
    console.log(`${usualRows.includes(row) ? '*' : ' '} ${row.name.padEnd(24)} ${formatShape(row)}`);
  }
}

async function benchOnThreads() {
  compileOptimizedOnly();
  allowRelaxedSimd();
  const { benchThreads, threadRows } = await import('../threads/kernels.js');
  const rows = options.hasRows ? [...options.rows, ...options.denseRows] : threadRows;
  await benchThreads({ ...options, rows, progress: createProgress() });
  process.exit(0); // the threads of tfjs would keep the process alive
}

async function benchInBrowsers() {
  const { browsers: names, threads, rows, passes, budget, json } = options;
  const document = await benchBrowsers({
    ...{ names, isThreaded: Boolean(threads), passes, budget, progress: createProgress() },
    rows: options.hasRows ? rows : browserRows,
  });
  if (json) await writeFile(json, `${JSON.stringify(document, null, 2)}\n`);
  if (!document.ok) process.exitCode = 1;
}

async function bench() {
  const start = performance.now();
  const interruptionsBefore = process.resourceUsage().involuntaryContextSwitches;
  compileOptimizedOnly();
  const progress = createProgress();
  const missing = {};
  const own = await createAll(options.variants, missing, createVariant);
  const peers = await createAll(options.peers, missing, (name) => createPeer[name]());
  try {
    const limitsModule = await loadLimitsModule();
    const sections = await measureSections({ ...options, own, peers, limitsModule, progress });
    const seconds = (performance.now() - start) / 1000;
    const interruptions = process.resourceUsage().involuntaryContextSwitches - interruptionsBefore;
    const document = documentOf({
      date: new Date().toISOString(),
      seconds,
      interruptions: interruptions / seconds,
      tolerance,
      package: await packageVersion(),
      machine: machine(),
      backends: [
        ...own.map(({ id, title }) => ({ id, title, isOurs: true })),
        ...peers.map(({ id, title, version }) => ({ id, title, version })),
      ],
      missing,
      sections,
    });
    progress.end();
    console.log(textReport(document));
    if (options.json) await writeFile(options.json, `${JSON.stringify(document, null, 2)}\n`);
    if (!document.ok) process.exitCode = 1;
  } finally {
    progress.end();
    for (const peer of peers) await peer.end?.();
  }
}

/** Returns the backends of these names. Without the plain variant nothing can be measured; the reason why another is missing is stored. */
async function createAll(names, missing, create) {
  const backends = [];
  for (const name of names) {
    try {
      backends.push(await create(name));
    } catch (error) {
      if (name === PLAIN) throw error;
      missing[name] = error.message;
    }
  }
  return backends;
}

async function createVariant(variant) {
  if (variant === RELAXED) allowRelaxedSimd();
  const backend = await createDepthwise(variant);
  if (backend.variant !== variant) throw new Error(`load returned ${backend.variant}`);
  return { ...backend, title: variant === PLAIN ? 'this package' : 'relaxed SIMD' };
}

async function tfjs(backend) {
  const { createTfjs } = await import('../shared/tfjs.js');
  return createTfjs(backend);
}

async function remote(id, module) {
  const { createRemote } = await import('../peers/remote.js');
  return createRemote(id, module, optimizingOnly);
}
