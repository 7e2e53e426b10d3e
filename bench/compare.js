import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import {
  append,
  createProgress,
  listOf,
  machine,
  machineText,
  packageVersion,
  plainTable,
  positive,
  positiveWhole,
  readOptions,
} from './shared/command-line.js';
import {
  defaultNames,
  formatShape,
  isMobileNet,
  layers,
  parseShape,
  selectLayers,
  shapeText,
} from './shared/layers.js';
import { measurePass, prepare, tolerance } from './shared/measure.js';
import { differenceText, geometricMean, ratioText, timeText } from './shared/numbers.js';
import { randomValues, reference } from './shared/reference.js';

// npm start, npm run compare: this package and tfjs, layers of networks.

const OURS = 'depthwise-wasm';
const PASSES = ['forward', 'input', 'filter'];
const PASS_TITLES = { forward: 'forward', input: 'input gradient', filter: 'filter gradient' };
const PEERS = ['cpu', 'wasm'];
const ONCE = '*';
const SLOWER = '!';

const options = readOptions(commandLine(), resolveOptions);
if (options.list) printList();
else await compare();

function commandLine() {
  const examples = `
Examples:
  npm run compare -- --list                               the layers; * marks the default ones
  npm run compare -- --layers mobilenet-v1/7 convnext-t/1
  npm run compare -- --layers 'mobilenet-*' --passes forward --peers wasm
  npm run --silent compare -- --all --budget 240 --json > compare.json
  npm run compare -- --shape 1x56x56x128,3x3
  npm run compare -- --shape 8x33x33x64,5x5,stride=2x1,pad=2 --shape 1x28x28x32,3x3,dilation=2,multiplier=4

A shape is BATCHxHEIGHTxWIDTHxCHANNELS,FILTERHEIGHTxFILTERWIDTH and, in any order:
  stride=N or NxN (default 1), dilation=N or NxN (1), multiplier=N (1), pad=same, valid or a number (same)

Exit code: 0, or 1 when a result of this package is wrong, or 2 for wrong options.
The output of --json is described in bench/compare.js (jsonReport).`;
  return new Command('npm run compare --')
    .description('Compares depthwise convolution in this package with TensorFlow.js, for layers of real networks.')
    .addOption(new Option('--layers <names...>', 'names or globs of layers').conflicts('all'))
    .option('--shape <spec>', 'a layer of your own (may be repeated)', append)
    .option('--all', 'every layer of the list')
    .option('--list', 'print the layers and end')
    .addOption(
      new Option('--passes <names>', `which of ${PASSES.join(',')}`).argParser(listOf(PASSES)).default(PASSES, 'all'),
    )
    .addOption(
      new Option('--peers <names>', `tfjs backends: ${PEERS.join(',')}, or none`)
        .argParser(listOf([...PEERS, 'none']))
        .default(PEERS, 'both'),
    )
    .option('--budget <seconds>', 'time of the measurement, for everything together', positive, 60)
    .option('--rounds <count>', 'turns of each backend, at most', positiveWhole, 100)
    .addOption(new Option('--json', 'print JSON instead of the table').conflicts('markdown'))
    .option('--markdown', 'print the table as Markdown')
    .addHelpText('after', examples)
    .showHelpAfterError('(--help shows the options and examples)');
}

function resolveOptions(given) {
  const own = (given.shape ?? []).map((text, index) => parseShape(text, `own/${index + 1}`));
  const names = given.layers?.flatMap((text) => text.split(',')) ?? (own.length > 0 ? [] : defaultNames);
  return {
    ...given,
    layers: [...selectLayers(given.all ? ['*'] : names), ...own],
    peers: given.peers.filter((peer) => peer !== 'none'),
  };
}

function printList() {
  for (const layer of layers) {
    console.log(`${defaultNames.includes(layer.name) ? '*' : ' '} ${layer.name.padEnd(20)} ${formatShape(layer)}`);
  }
}

async function compare() {
  const start = performance.now();
  const ours = await createOurs();
  const peers = [];
  // In the order of the table's columns.
  for (const backend of ['wasm', 'cpu'].filter((name) => options.peers.includes(name))) {
    const { createTfjs } = await import('./shared/tfjs.js');
    peers.push(await createTfjs(backend));
  }
  const rows = await measureLayers([ours, ...peers]);
  const context = {
    date: new Date().toISOString(),
    seconds: (performance.now() - start) / 1000,
    tolerance,
    package: { version: await packageVersion(), variant: ours.variant },
    tfjs: peers[0]?.version ?? null,
    machine: machine(),
  };
  const report = options.json ? jsonReport : options.markdown ? markdownReport : textReport;
  console.log(report(rows, peers, context));
  if (!isOursRight(rows)) process.exitCode = 1;
}

async function createOurs() {
  try {
    const { createDepthwise } = await import('./shared/depthwise.js');
    return await createDepthwise();
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'ENOENT'].includes(error.code)) throw error;
    process.stderr.write(`error: the module has not been built (npm run build): ${error.message}\n`);
    return process.exit(1);
  }
}

async function measureLayers(backends) {
  const rows = [];
  const progress = createProgress(options.layers.length);
  const passCount = options.layers.length * options.passes.length;
  const seconds = options.budget / passCount / backends.length;
  try {
    for (const layer of options.layers) {
      progress.next(layer.name);
      const values = randomValues(layer);
      const prepared = [];
      for (const backend of backends) prepared.push(await prepare(backend, layer, values, options.passes));
      for (const pass of options.passes) {
        progress.pass(pass);
        const candidates = prepared.map(({ id, activate, passes }) => ({ id, activate, run: passes[pass] }));
        const right = reference(layer, pass, values);
        const results = await measurePass(candidates, right, { rounds: options.rounds, seconds });
        rows.push({ layer, pass, results });
      }
      for (const { dispose } of prepared) dispose();
    }
  } finally {
    progress.end();
  }
  return rows;
}

/** How many times faster than the peer this package is in a row of { layer, pass, results }; undefined unless both are right. */
function ratioTo(row, peer) {
  const [ours, theirs] = [row.results[OURS], row.results[peer]];
  return ours.status === 'ok' && theirs?.status === 'ok' ? theirs.milliseconds / ours.milliseconds : undefined;
}

/** The geometric means over the rows that allow one: [{ pass, peer, over, layers, ratio, worst }]. */
function geometricMeans(rows) {
  const means = [
    { pass: 'forward', peer: 'tfjs-wasm', over: 'MobileNet', includes: isMobileNet },
    { pass: 'forward', peer: 'tfjs-wasm', over: 'all', includes: () => true },
    { pass: 'forward', peer: 'tfjs-cpu', over: 'all', includes: () => true },
    { pass: 'input', peer: 'tfjs-cpu', over: 'all', includes: () => true },
    { pass: 'filter', peer: 'tfjs-cpu', over: 'all', includes: () => true },
  ];
  return means.flatMap(({ pass, peer, over, includes }) => {
    const ratios = rows
      .filter((row) => row.pass === pass && includes(row.layer))
      .map((row) => ratioTo(row, peer))
      .filter((ratio) => ratio !== undefined);
    if (ratios.length === 0) return [];
    return [{ pass, peer, over, layers: ratios.length, ratio: geometricMean(ratios), worst: Math.min(...ratios) }];
  });
}

function isOursRight(rows) {
  return rows.every(({ results }) => results[OURS].status === 'ok');
}

/**
 * Returns the text that --json prints:
 *
 * {
 *   "date": ISO 8601, "seconds": of the whole measurement, "tolerance": 1e-4,
 *   "ok": every result of this package is right,
 *   "package": { "version", "variant" }, "tfjs": version or null,
 *   "machine": { "cpu", "cores", "platform", "arch", "node", "v8" },
 *   "rows": [{
 *     "layer": "mobilenet-v1/1", "shape": "1x112x112x32,3x3", "pass": "forward" | "input" | "filter",
 *     "results": {
 *       "depthwise-wasm" | "tfjs-wasm" | "tfjs-cpu": {
 *         "status": "ok" | "wrong" (beyond the tolerance) | "failed" (threw) | "none" (no such kernel),
 *         "difference": largest from float64 over the largest value, null for another shape or NaN,
 *         "milliseconds": median of a call, "calls": how many were timed, both when ok
 *         "message": when failed
 *       }
 *     },
 *     "ratios": { "tfjs-wasm" | "tfjs-cpu": its time over this package's }
 *   }],
 *   "geometricMeans": [{ "pass", "peer", "over": "MobileNet" | "all", "layers", "ratio", "worst" }]
 * }
 */
function jsonReport(rows, peers, context) {
  const document = {
    ...context,
    ok: isOursRight(rows),
    rows: rows.map((row) => ({
      layer: row.layer.name,
      shape: formatShape(row.layer),
      pass: row.pass,
      results: row.results,
      ratios: Object.fromEntries(
        peers.map(({ id }) => [id, ratioTo(row, id)]).filter(([, ratio]) => ratio !== undefined),
      ),
    })),
    geometricMeans: geometricMeans(rows),
  };
  return JSON.stringify(document, null, 2);
}

/** Returns the table for a terminal or a code block, and the notes below it. */
function textReport(rows, peers, context) {
  const color = process.stdout.isTTY && !process.env.NO_COLOR;
  const table = tableOf(rows, peers, color ? styleText : (_, text) => text);
  return [...plainTable(table), '', ...notes(rows, peers, context)].join('\n');
}

function markdownReport(rows, peers, context) {
  const { head, body, numbersFrom } = tableOf(rows, peers, (_, text) => text);
  const line = (cells) => `| ${cells.map((cell) => cell.trim()).join(' | ')} |`;
  const rule = line(head.map((_, column) => (column < numbersFrom ? '---' : '--:')));
  const text = notes(rows, peers, context).map((note) => (note.startsWith('  ') ? `- ${note.trim()}` : note));
  return [line(head), rule, ...body.map(line), '', ...text].join('\n');
}

function tableOf(rows, peers, paint) {
  const head = ['layer', 'shape', 'pass', 'difference', 'this package '];
  for (const { title } of peers) head.push(`${title} `, '× ');
  const body = rows.map((row, index) => {
    const isFirst = rows[index - 1]?.layer !== row.layer;
    const ours = row.results[OURS];
    const cells = [
      isFirst ? row.layer.name : '',
      isFirst ? shapeText(formatShape(row.layer)) : '',
      PASS_TITLES[row.pass].replace('gradient', 'grad.'),
      Number.isFinite(ours.difference) ? differenceText(ours.difference) : '–',
      resultText(ours, paint),
    ];
    for (const { id } of peers) cells.push(resultText(row.results[id], paint), ratioCell(ratioTo(row, id), paint));
    return cells;
  });
  return { head: head.map((text) => paint('bold', text)), body, numbersFrom: 3 };
}

function resultText({ status, milliseconds, calls }, paint) {
  if (status === 'none') return 'none ';
  if (status === 'failed') return paint('red', 'failed ');
  if (status === 'wrong') return paint('red', 'wrong ');
  return timeText(milliseconds) + (calls === 1 ? ONCE : ' ');
}

function ratioCell(ratio, paint) {
  if (ratio === undefined) return '– ';
  return ratio < 1 ? paint('yellow', `${ratioText(ratio)}${SLOWER}`) : `${ratioText(ratio)} `;
}

function notes(rows, peers, { machine, package: ours, tfjs, ...context }) {
  const versions = [`depthwise-wasm ${ours.version} (${ours.variant})`, ...(tfjs ? [`tfjs ${tfjs}`] : [])];
  return [
    ...meanNotes(rows),
    ...problemNotes(rows, peers),
    machineText(machine, versions, context),
    '',
    ...legend(rows, peers),
  ];
}

function meanNotes(rows) {
  const means = geometricMeans(rows);
  const isSame = (a, b) => a.pass === b.pass && a.peer === b.peer && a.layers === b.layers;
  // Two means over the same rows are equal; the first is more specific.
  const shown = means.filter((mean, index) => index === 0 || !isSame(mean, means[index - 1]));
  const lines = shown.map(({ pass, peer, over, layers: count, ratio, worst }) => {
    const which = `${count} ${over === 'all' ? '' : `${over} `}layer${count === 1 ? '' : 's'}`;
    const title = `${PASS_TITLES[pass]}, against ${peer.replace('-', ' ')} over ${which}:`;
    return `  ${title} ${ratioText(ratio)}× (worst ${ratioText(worst)}×)`;
  });
  return lines.length > 0 ? ['How many times faster this package is, geometric means:', '', ...lines, ''] : [];
}

function problemNotes(rows, peers) {
  const lines = rows.flatMap((row) =>
    [{ id: OURS, title: 'this package' }, ...peers].flatMap((backend) => {
      const text = problemText(row, backend);
      return text ? [`  ${row.layer.name}, ${PASS_TITLES[row.pass]}: ${text}`] : [];
    }),
  );
  if (lines.length > 0) return ['Please note:', '', ...lines, ''];
  return peers.length > 0 ? ['tfjs is faster in no row, and no result is wrong.', ''] : [];
}

function problemText(row, { id, title }) {
  const { status, message, difference } = row.results[id];
  if (status === 'failed') return `${title} failed: ${message}`;
  if (status === 'wrong') {
    if (difference === Infinity) return `${title} is wrong: another shape, or a value that is not finite`;
    return `${title} is wrong: it differs by ${differenceText(difference)} of the largest value`;
  }
  const ratio = id === OURS ? undefined : ratioTo(row, id);
  return ratio < 1 ? `${title} is ${ratioText(1 / ratio)}× faster than this package` : undefined;
}

function legend(rows, peers) {
  const anyResult = (test) => rows.some(({ results }) => peers.some(({ id }) => test(results[id])));
  const lines = [
    "  shape: batch x height x width x channels, filter; s stride, d dilation, m multiplier; padding is 'same' by default.",
    '  difference: the largest between this package and float64 loops by the definition, relative to the largest value.',
    `  wrong: beyond ${tolerance.toExponential()}. Every result is checked in every row before it is timed.`,
    '  Times: median of one call. The backends are warmed up and take turns, each on one thread.',
    '  Tensors are float32 and in place; the time includes disposing of the output; nothing is read back.',
  ];
  if (peers.length > 0) lines.push(`  ×: how many times faster this package is; ${SLOWER} where tfjs is faster.`);
  if (anyResult(({ status }) => status === 'none')) lines.push('  none: tfjs has no such kernel on its wasm backend.');
  if (anyResult(({ calls }) => calls === 1)) lines.push(`  ${ONCE} a single call was timed, because it takes so long.`);
  return ['Legend:', '', ...lines];
}
