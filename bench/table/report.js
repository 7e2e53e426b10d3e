import { machineText, plainTable } from '../shared/command-line.js';
import { shapeText } from '../shared/layers.js';
import { differenceText, ratioText, timeText } from '../shared/numbers.js';
import { figuresOf, gigaflopsOf, overRows, PLAIN, ratioOf, RELAXED, shareOf } from './goals.js';

export const passTitles = {
  forward: 'forward',
  changing: 'forward, new weights in each call',
  fused: 'forward, bias and relu6',
  input: 'input gradient',
  filter: 'filter gradient',
  maxPool: 'max pooling',
  maxPoolGradient: 'gradient of max pooling',
  averagePool: 'average pooling',
  averagePoolGradient: 'gradient of average pooling',
  predict: 'model.predict',
};

/** Returns the tables as text, then every goal with the figure that was reached. */
export function textReport(document) {
  const { sections, backends } = document;
  return [
    ...passTables('', sections.passes ?? [], backends),
    ...pairTable('NCHW compared with NHWC', sections.layouts, ['NHWC', 'NCHW'], backends),
    ...pairTable('Equal addresses compared with others', sections.addresses, ['apart', 'equal'], backends),
    ...passTables('dense convolution, ', sections.dense ?? [], backends),
    ...passTables('', sections.pooling ?? [], backends),
    ...passTables('', sections.networks ?? [], backends),
    ...passTables('smallest shape, ', sections.calls ?? [], backends),
    ...Object.entries(document.figures).flatMap(([variant, figures]) => figureTable(variant, figures)),
    ...problems(document),
    ...notes(document),
  ].join('\n');
}

function passTables(prefix, rows, backends) {
  const passes = Object.keys(passTitles).filter((pass) => rows.some((row) => row.pass === pass));
  return passes.flatMap((pass) => {
    const inPass = rows.filter((row) => row.pass === pass);
    const peers = backends.filter(({ id }) =>
      inPass.some(({ results }) => ![undefined, 'none'].includes(results[id]?.status)),
    );
    const others = peers.filter(({ id }) => id !== PLAIN);
    const columns = columnsOf(inPass);
    const ratios = others.map(
      ({ id }) =>
        (row) =>
          ratioOf(row, PLAIN, id),
    );
    const head = [
      ...['row', 'shape', 'difference', 'this package', ...columns.map(({ title }) => title)],
      ...others.flatMap(({ title }) => [title, '×']),
    ];
    const body = inPass.map((row) => [
      ...[row.row, shapeText(row.shape), errorText(row.results[PLAIN]), resultText(row.results[PLAIN])],
      ...columns.map(({ valueOf, textOf }) => textOf(valueOf(row))),
      ...others.flatMap(({ id }, i) => [resultText(row.results[id]), ratioCell(ratios[i](row))]),
    ]);
    const mean = (valueOf) => overRows(inPass, valueOf, 'more')?.mean;
    if (inPass.length > 1) {
      body.push([
        ...['geometric mean', '', '', ''],
        ...columns.map(({ valueOf, textOf }) => textOf(mean(valueOf))),
        ...ratios.flatMap((ratio) => ['', ratioCell(mean(ratio))]),
      ]);
    }
    return [`${prefix}${passTitles[pass]}`, '', ...plainTable({ head, body, numbersFrom: 2 }), ''];
  });
}

/** Returns the columns with a value in a row. Pooling multiplies nothing, and whole networks have no limit. */
function columnsOf(rows) {
  return [
    {
      title: 'GF',
      valueOf: (row) => (row.flops ? gigaflopsOf(row, PLAIN) : undefined),
      textOf: (speed) => speed?.toFixed(1) ?? '–',
    },
    { title: 'limit', valueOf: (row) => shareOf(row, PLAIN), textOf: percentText },
  ].filter(({ valueOf }) => rows.some((row) => valueOf(row) !== undefined));
}

function pairTable(title, rows, [before, after], backends) {
  if (!rows?.length) return [];
  const own = backends.filter(({ isOurs }) => isOurs);
  const head = ['row', 'shape', 'pass', ...own.flatMap(({ title: name }) => [`${name}, ${before}`, after, '×'])];
  const body = rows.map((row) => [
    row.row,
    shapeText(row.shape),
    row.pass,
    ...own.flatMap(({ id }) => [
      resultText(row.results[`${id}/${before}`]),
      resultText(row.results[`${id}/${after}`]),
      pairRatio(ratioOf(row, `${id}/${before}`, `${id}/${after}`)),
    ]),
  ]);
  return [title, '', ...plainTable({ head, body, numbersFrom: 3 }), ''];
}

function figureTable(variant, figures) {
  const head = ['', 'floor', 'aim', 'reached', '', 'worst row', 'rows below the floor'];
  const body = figures.map(({ title, unit, floor, aim, value, verdict, worst, worstRow, rows, below }) => [
    title,
    figureText(floor, unit),
    figureText(aim, unit),
    value === undefined ? '–' : figureText(value, unit),
    verdict,
    worst === undefined
      ? (worstRow?.row ?? '')
      : `${figureText(worst, unit)} ${[worstRow.row ?? worstRow.shape, worstRow.pass].filter(Boolean).join(' ')}`,
    rows === undefined ? '' : `${below} of ${rows}`,
  ]);
  const title = variant === RELAXED ? 'Floors and aims, relaxed SIMD' : 'Floors and aims';
  return [title, '', ...plainTable({ head, body, numbersFrom: 1 }), ''];
}

/** A number of interruptions per second that an idle machine does not reach. */
const MANY_INTERRUPTIONS = 20;

function problems({ sections, backends, missing, interruptions }) {
  const titleOf = (id) => backends.find((backend) => backend.id === id)?.title ?? id;
  const lines = Object.entries(sections).flatMap(([section, rows]) =>
    rows.flatMap(({ row, shape, pass, results = {}, limits = {} }) =>
      Object.entries({ ...limits, ...results }).flatMap(([id, { status, message, difference }]) => {
        if (status !== 'failed' && status !== 'wrong') return [];
        const what =
          status === 'failed' ? `failed: ${message}` : `is wrong, it differs by ${differenceText(difference)}`;
        return [`  ${section}, ${row ?? shape}${pass ? `, ${passTitles[pass]}` : ''}: ${titleOf(id)} ${what}`];
      }),
    ),
  );
  if (interruptions > MANY_INTERRUPTIONS) {
    lines.push(
      `  The machine was busy: other programs got the core ${interruptions.toFixed(0)} times per second. This affects long calls more than`,
      '  short ones, so slow peers appear slower than they are.',
    );
  }
  for (const [id, reason] of Object.entries(missing)) lines.push(`  ${id} is missing: ${reason}`);
  return lines.length > 0 ? ['Please note:', '', ...lines, ''] : [];
}

function notes({ sections, machine, package: version, backends, date, seconds, tolerance }) {
  const versions = backends.filter(({ isOurs }) => !isOurs).map(({ title, version: theirs }) => `${title} ${theirs}`);
  return [
    ...limitNote(sections.passes ?? []),
    machineText(machine, [`depthwise-wasm ${version}`, ...versions], { date, seconds }),
    '',
    '  difference: the largest between this package and float64 loops by the definition, relative to the largest value. Every result is',
    `  checked in every row before it is timed, and is wrong beyond ${tolerance.toExponential()}. Times: median of one call, warmed up, in turn, on one thread.`,
    '  limit: the share that this package reaches of the peak of the machine: all multiplications and additions at full speed, or each',
    '  tensor moved once at the speed of a copy, whichever takes longer; it is measured in turn with the backends. ×: time relative to this',
    '  package, or to the time on its left; ! where a peer is faster. * a single call was timed.',
  ];
}

/** The range of the limits, as speed. */
function limitNote(rows) {
  const speeds = rows.filter(({ limit }) => limit).map(({ flops, limit }) => flops / limit / 1e6);
  if (speeds.length === 0) return [];
  return [
    `Limit, measured in each row: from ${Math.min(...speeds).toFixed(1)} to ${Math.max(...speeds).toFixed(1)} GF.`,
  ];
}

function resultText(result) {
  if (!result || result.status === 'none') return 'none';
  if (result.status !== 'ok') return result.status;
  return `${timeText(result.milliseconds)}${result.calls === 1 ? '*' : ''}`;
}

function errorText({ status, difference }) {
  return status === 'ok' ? differenceText(difference) : '–';
}

function ratioCell(ratio) {
  if (ratio === undefined) return '–';
  return ratio < 1 ? `${ratioText(ratio)}!` : ratioText(ratio);
}

function pairRatio(ratio) {
  return ratio === undefined ? '–' : ratioText(ratio);
}

function percentText(share) {
  return share === undefined ? '–' : `${(share * 100).toFixed(0)} %`;
}

function figureText(value, unit) {
  const number = value < 1e-3 ? value.toExponential(1) : ratioText(value);
  return unit === '×' ? `${number}×` : `${number} ${unit}`.trim();
}

/**
 * Returns what --json writes, from the same object without `ok` and `figures`. Times are in milliseconds, sizes in bytes.
 *
 * {
 *   "date": ISO 8601, "seconds": of the whole run, "tolerance": 1e-4,
 *   "interruptions": how many times per second another program got the core,
 *   "ok": every result of this package is right,
 *   "package": version, "machine": { "cpu", "cores", "platform", "arch", "node", "v8" },
 *   "backends": [{ "id", "title", "version" }], those of this package first; "missing": { id: the reason },
 *   "sections": {
 *     "passes": [{
 *       "row", "shape", "pass": "forward" | "fused" | "input" | "filter",
 *       "flops", "bytes" (workOf in bench/limits/limits.js),
 *       "limit": the least time for them, measured in turn with the results (limitOf in bench/limits/limits.js), if it could be measured,
 *       "limits": { id: as results, the time scaled to the row }, "multiplyAdd…" for the flops, "copy…" for the bytes,
 *       "results": { id: {
 *         "status": "ok" | "wrong" (beyond the tolerance) | "failed" (threw) | "none" (no such kernel),
 *         "difference": largest from float64 over the largest value, null for another shape or NaN,
 *         "milliseconds": median of a call, "calls": how many were timed, both when ok,
 *         "message": when failed
 *       } }
 *     }],
 *     "layouts": the same with results "simd/NHWC", "simd/NCHW", …, "addresses": with "simd/equal", "simd/apart", …,
 *     "dense": as passes, also with "changing" (each call gets a new filter), "channels" and "terms" (products in a sum of forward); the
 *       results are of the plug-in for tfjs and of "tfjs-wasm",
 *     "pooling": as passes, with the passes "maxPool", "maxPoolGradient", "averagePool", "averagePoolGradient",
 *     "networks": [{ "row", "shape", "pass": "predict", "results" }],
 *     "calls": as passes, for the smallest shape,
 *     "accuracy": [{ "id", "terms", "error": relative }],
 *     "size": [{ "wasm", "javascript", "bytes": both }], gzipped
 *   },
 *   "figures": { variant: [{ "id", "title", "unit", "better", "floor", "aim", "value", "verdict", "worst", "worstRow", "rows", "below" }] }
 * }
 */
export function documentOf(report) {
  const { backends, machine } = report;
  const variants = backends.filter(({ isOurs }) => isOurs).map(({ id }) => id);
  return {
    ...report,
    ok: isRight(report, variants),
    figures: Object.fromEntries(variants.map((variant) => [variant, figuresOf(report, variant, machine.v8)])),
  };
}

/** Returns whether every result of this package was right. */
function isRight({ sections }, variants) {
  const isOurs = (id) => variants.includes(id.split('/')[0]);
  return Object.values(sections)
    .flat()
    .flatMap(({ results = {} }) => Object.entries(results))
    .every(([id, { status }]) => !isOurs(id) || status === 'ok');
}
