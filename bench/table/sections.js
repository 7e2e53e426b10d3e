import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { workOf } from '../limits/limits.js';
import { formatShape, parseShape } from '../shared/layers.js';
import { measurePass, prepare } from '../shared/measure.js';
import { randomValues, reference } from '../shared/reference.js';
import { addressesSection } from './addresses.js';
import { denseSection } from './dense.js';
import { measureRow } from './measure-row.js';
import { networksSection } from './networks.js';
import { poolingSection } from './pooling.js';

// The sections of npm run bench. `steps` returns what a section measures one after the other; `measure` measures one step and returns rows of
// results; `weight` is the part of the time that the section gets.

const root = new URL('../../', import.meta.url);
const LAYOUTS = ['NHWC', 'NCHW'];
/** In NCHW four neighbouring columns are computed at once, so narrower images are not interesting. */
const MIN_NCHW_WIDTH = 14;
/** The input of the accuracy section: batch, height, width, channels. */
const ACCURACY_SHAPE = [1, 1000, 800, 4];

/** The table: every row, pass and backend. */
const passesSection = {
  id: 'passes',
  title: 'the table',
  weight: 16,
  steps: ({ rows }) => rows,
  async measure(layer, { own, peers, passes, limitsModule, shareOfTime, progress }) {
    const values = randomValues(layer);
    const prepared = [];
    for (const backend of [...own, ...peers]) prepared.push(await prepare(backend, layer, values, passes));
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const candidates = prepared.map(({ id, activate, passes: calls, runners }) => ({
        ...{ id, activate },
        ...{ run: calls?.[pass], runner: runners?.[pass] },
      }));
      const allowed = shareOfTime(passes.length * candidates.length);
      const names = { row: layer.name, shape: formatShape(layer), pass };
      const work = workOf(layer, pass);
      const right = reference(layer, pass, values);
      results.push(await measureRow(names, { work, candidates, right, limitsModule, allowed }));
    }
    for (const { dispose } of prepared) await dispose();
    return results;
  },
};

/** This package in NCHW compared with NHWC. */
const layoutsSection = {
  id: 'layouts',
  title: 'NCHW compared with NHWC',
  weight: 5,
  steps: ({ rows }) => rows.filter(({ width }) => width >= MIN_NCHW_WIDTH),
  async measure(layer, { own, passes, shareOfTime, progress }) {
    const layouts = LAYOUTS.flatMap((dataFormat) => {
      const inLayout = { ...layer, dataFormat };
      const values = randomValues(inLayout);
      return own.map((backend) => ({
        id: `${backend.id}/${dataFormat}`,
        prepared: backend.prepare(inLayout, values),
        right: (pass) => reference(inLayout, pass, values),
      }));
    });
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const candidates = layouts.map(({ id, prepared, right }) => ({
        id,
        run: prepared.passes[pass],
        right: right(pass),
      }));
      const times = await measurePass(candidates, undefined, shareOfTime(passes.length * candidates.length));
      results.push({ row: layer.name, shape: formatShape(layer), pass, results: times });
    }
    for (const { prepared } of layouts) prepared.dispose();
    return results;
  },
};

/** The smallest shape: the cost of a call. */
const callsSection = {
  id: 'calls',
  title: 'calls',
  weight: 1,
  steps: () => [parseShape('1x1x1x1,1x1', 'smallest')],
  // Times of packages that run whole models are differences (bench/peers/difference.js), which do not contain the call.
  measure: (layer, context) =>
    passesSection.measure(layer, { ...context, peers: context.peers.filter(({ isRemote }) => !isRemote) }),
};

/** The rounding error of the filter gradient when all terms are positive, so that errors do not cancel. */
const accuracySection = {
  id: 'accuracy',
  title: 'rounding',
  weight: 0,
  steps: () => [{ name: 'positive terms' }],
  async measure(_, { own }) {
    const [batch, height, width, channels] = ACCURACY_SHAPE;
    const [x, dy] = [spread(ACCURACY_SHAPE, 0.618), spread(ACCURACY_SHAPE, 0.414)];
    const expected = new Float64Array(channels);
    for (let i = 0; i < x.data.length; ++i) expected[i % channels] += x.data[i] * dy.data[i];
    return own.map(({ id, dw }) => {
      const attrs = { pad: 'valid', filterShape: [1, 1, channels, 1] };
      const result = dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs });
      const errors = Array.from(result.data, (value, i) => Math.abs(value / expected[i] - 1));
      result.dispose();
      return { id, terms: batch * height * width, error: Math.max(...errors) };
    });
  },
};

/** Returns values spread over (0, 1). */
function spread(shape, step) {
  const data = new Float32Array(shape.reduce((product, length) => product * length));
  for (let i = 0; i < data.length; ++i) data[i] = ((i + 1) * step) % 1;
  return { data, shape };
}

/** The download of a page that imports this package: the wasm and the bundled JavaScript, both gzipped. */
const sizeSection = {
  id: 'size',
  title: 'size',
  weight: 0,
  steps: () => [{ name: 'bundle' }],
  async measure() {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('js/index.js', root))],
      ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' },
    });
    const javascript = gzipped(outputFiles[0].contents);
    const wasm = gzipped(await readFile(new URL('dist/depthwise.wasm', root)));
    return [{ javascript, wasm, bytes: javascript + wasm }];
  },
};

function gzipped(content) {
  return gzipSync(content, { level: 9 }).length;
}

const all = [
  passesSection,
  layoutsSection,
  addressesSection,
  denseSection,
  poolingSection,
  networksSection,
  callsSection,
  accuracySection,
  sizeSection,
];

export const sectionNames = all.map(({ id }) => id);

/** Measures the selected sections. Returns { [section]: rows }. */
export async function measureSections({ sections, budget, rounds, ...context }) {
  const chosen = all
    .filter(({ id }) => sections.includes(id))
    .map((section) => ({ ...section, steps: section.steps(context) }))
    .filter(({ steps }) => steps.length > 0);
  const weights = chosen.reduce((sum, { weight }) => sum + weight, 0);
  const { progress } = context;
  progress.expect(chosen.reduce((sum, { steps }) => sum + steps.length, 0));
  const results = {};
  for (const { id, title, weight, steps, measure } of chosen) {
    const seconds = (budget * weight) / weights / steps.length;
    const shareOfTime = (candidates) => ({ rounds, seconds: seconds / candidates });
    results[id] = [];
    for (const step of steps) {
      progress.next(`${title}: ${step.name}`);
      results[id].push(...(await measure(step, { ...context, shareOfTime })));
    }
  }
  return results;
}
