import { workOf } from '../limits/limits.js';
import { machine, plainTable } from '../shared/command-line.js';
import { formatShape, shapeText } from '../shared/layers.js';
import { geometricMean, ratioText } from '../shared/numbers.js';
import { PLAIN, RELAXED } from '../table/goals.js';
import { passTitles } from '../table/report.js';

// The tables of npm run bench -- --browsers.

const TFJS = 'tfjs-wasm';
const DASH = '–';

/**
 * @typedef {{ name: string, version: string, about: { variants: string[], clock: number, tfjs: string } }} Engine
 * @typedef {{ limits: { arithmetic: number, copy: number }, times: Record<string, Record<string, number>>, error?: string }} RowResult
 */

/**
 * Returns the lines of the report.
 *
 * @param {object} document
 * @param {string} document.date
 * @param {number} document.seconds
 * @param {Engine[]} document.engines
 * @param {Record<string, string>} document.missing the reason for each engine that could not be started
 * @param {number} document.threads how many threads both packages use
 * @param {object[]} document.rows layers
 * @param {string[]} document.passes
 * @param {Record<string, Record<string, RowResult>>} document.results of each engine, of each row
 */
export function browserReport({ date, seconds, engines, missing, threads, rows, passes, results }) {
  const resultOf = (engine, row) => results[engine.name]?.[row.name];
  const timeOf = (engine, row, pass, backend) => resultOf(engine, row)?.times?.[pass]?.[backend];
  const limits = new Map(rows.map((row) => [row, leastTime(engines.map((engine) => resultOf(engine, row)?.limits))]));
  const relative = (pass, backend) => (engine, row) => quotient(timeOf(engine, row, pass, backend), limits.get(row));
  const table = (title, valueOf, more = []) => [
    title,
    '',
    ...plainTable({
      head: ['row', 'shape', ...engines.map(({ name }) => name)],
      body: [
        ...rows.map((row) => [
          ...[row.name, shapeText(formatShape(row))],
          ...engines.map((engine) => text(valueOf(engine, row))),
        ]),
        ...[['geometric mean', valueOf], ...more].map(([name, of]) => [
          ...[name, ''],
          ...engines.map((engine) => text(meanOf(rows.map((row) => of(engine, row))))),
        ]),
      ],
      numbersFrom: 2,
    }),
    '',
  ];
  const against = (variant) => (engine, row) =>
    quotient(timeOf(engine, row, 'forward', TFJS), timeOf(engine, row, 'forward', variant));
  return [
    'Engines',
    '',
    ...plainTable({
      head: ['engine', 'version', 'clock, µs', 'peak, GF', 'copy, GB/s', 'relaxed SIMD'],
      body: engines.map((engine) => [
        ...[engine.name, engine.version, String(Number((engine.about.clock * 1000).toPrecision(2)))],
        ...[
          peakOf(rows, (row) => workOf(row, 'forward').flops / (resultOf(engine, row)?.limits?.arithmetic * 1e6)),
          peakOf(rows, (row) => workOf(row, 'forward').bytes / (resultOf(engine, row)?.limits?.copy * 1e6)),
        ],
        engine.about.variants.includes(RELAXED) ? 'yes' : 'no',
      ]),
      numbersFrom: 2,
    }),
    '',
    'The next tables contain multiples of the limit: all arithmetic at the peak, or each tensor moved once, in the fastest engine. The rows are the',
    "variant 'simd'; load() picks relaxed SIMD where the engine runs it.",
    `Both packages use ${threads === 1 ? 'one thread' : `${threads} threads`}, the limit is that of one thread.`,
    '',
    ...passes.flatMap((pass) =>
      table(passTitles[pass], relative(pass, PLAIN), [['the same, relaxed SIMD', relative(pass, RELAXED)]]),
    ),
    ...(passes.includes('forward')
      ? [
          ...table(`forward, tfjs wasm`, relative('forward', TFJS)),
          ...table('forward: time of tfjs wasm relative to this package', against(PLAIN), [
            ['the same, relaxed SIMD', against(RELAXED)],
          ]),
        ]
      : []),
    ...problems(engines, rows, resultOf, missing),
    [machine().cpu, `tfjs ${engines[0]?.about.tfjs}`, date.slice(0, 10), `measured in ${seconds.toFixed(0)} s`].join(
      ' · ',
    ),
  ];
}

/** Returns the least time of a row in any engine: its arithmetic or its copy, whichever takes longer. */
export function leastTime(limits) {
  const known = limits.filter(Boolean);
  if (known.length === 0) return undefined;
  const least = (kind) => Math.min(...known.map((limit) => limit[kind]));
  return Math.max(least('arithmetic'), least('copy'));
}

function quotient(a, b) {
  return a && b && a / b;
}

function meanOf(values) {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? geometricMean(known) : undefined;
}

function text(ratio) {
  return ratio === undefined ? DASH : ratioText(ratio);
}

function peakOf(rows, valueOf) {
  const known = rows.map(valueOf).filter((value) => value > 0);
  return known.length > 0 ? Math.max(...known).toFixed(1) : DASH;
}

function problems(engines, rows, resultOf, missing) {
  const lines = [
    ...Object.entries(missing).map(([name, reason]) => `  ${name} is not measured: ${reason}`),
    ...engines.flatMap((engine) =>
      rows
        .filter((row) => resultOf(engine, row)?.error)
        .map((row) => `  ${engine.name}, ${row.name}: ${resultOf(engine, row).error}`),
    ),
  ];
  return lines.length > 0 ? ['Please note:', '', ...lines, ''] : [];
}
