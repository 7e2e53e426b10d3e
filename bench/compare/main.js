import { jsonReport } from './json.js';
import { defaultNames, layers as allLayers } from '../shared/layers.js';
import { measurePass, tolerance } from '../shared/measure.js';
import { readOptions } from './options.js';
import { machine, packageVersion } from '../shared/machine.js';
import { prepare } from '../shared/prepare.js';
import { createProgress } from '../shared/progress.js';
import { randomValues, reference } from '../shared/reference.js';
import { markdownReport, textReport } from './report.js';
import { formatShape } from '../shared/shape-spec.js';
import { isOursRight } from './summary.js';

const options = readOptions(process.argv.slice(2));
if (options.list) printList();
else await compare();

function printList() {
  for (const layer of allLayers) {
    console.log(`${defaultNames.includes(layer.name) ? '*' : ' '} ${layer.name.padEnd(20)} ${formatShape(layer)}`);
  }
}

async function compare() {
  const start = performance.now();
  const contestants = await createContestants();
  const rows = await measureLayers(contestants);
  const [ours, ...peers] = contestants;
  const context = {
    date: new Date().toISOString(),
    seconds: (performance.now() - start) / 1000,
    tolerance,
    package: { version: await packageVersion(), variant: ours.variant },
    tfjs: peers[0]?.version ?? null,
    machine: machine(),
  };
  console.log(report(rows, peers, context));
  if (!isOursRight(rows)) process.exitCode = 1;
}

async function createContestants() {
  const contestants = [await createOurs()];
  // In the order of the table's columns.
  for (const backend of ['wasm', 'cpu'].filter((name) => options.peers.includes(name))) {
    const { createTfjs } = await import('../shared/contestants/tfjs.js');
    contestants.push(await createTfjs(backend));
  }
  return contestants;
}

async function createOurs() {
  try {
    const { createDepthwise } = await import('../shared/contestants/depthwise.js');
    return await createDepthwise();
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'ENOENT'].includes(error.code)) throw error;
    process.stderr.write(`error: the module has not been built (npm run build): ${error.message}\n`);
    return process.exit(1);
  }
}

async function measureLayers(contestants) {
  const rows = [];
  const progress = createProgress(options.layers.length);
  const passCount = options.layers.length * options.passes.length;
  const seconds = options.budget / passCount / contestants.length;
  try {
    for (const layer of options.layers) {
      progress.next(layer.name);
      const values = randomValues(layer);
      const prepared = [];
      for (const contestant of contestants) prepared.push(await prepare(contestant, layer, values, options.passes));
      for (const pass of options.passes) {
        progress.pass(pass);
        const entrants = prepared.map(({ id, activate, passes }) => ({ id, activate, run: passes[pass] }));
        const right = reference(layer, pass, values);
        const results = await measurePass(entrants, right, { rounds: options.rounds, seconds });
        rows.push({ layer, pass, results });
      }
      for (const { dispose } of prepared) dispose();
    }
  } finally {
    progress.end();
  }
  return rows;
}

function report(rows, peers, context) {
  if (options.format === 'json') return jsonReport(rows, peers, context);
  if (options.format === 'markdown') return markdownReport(rows, peers, context);
  return textReport(rows, peers, context, { color: process.stdout.isTTY && !process.env.NO_COLOR });
}
