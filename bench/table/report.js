import { plainTable } from '../shared/plain-table.js';
import { differenceText, ratioText, timeText } from '../shared/numbers.js';
import { parseShape, shapeText } from '../shared/shape-spec.js';
import { gigaflopsOf, overRows, ratioOf, shareOf } from './figures.js';
import { PLAIN, RELAXED } from './own.js';

export const passTitles = {
  forward: 'forward',
  fused: 'forward, bias and relu6',
  input: 'gradient of the input',
  filter: 'gradient of the filter',
};

/** The tables as text, then every floor with what was reached. */
export function textReport(document) {
  const { sections, contestants } = document;
  return [
    ...passTables('', sections.passes ?? [], contestants),
    ...sideTable('NCHW beside NHWC', sections.layouts, ['NHWC', 'NCHW'], contestants),
    ...sideTable('Equal addresses beside others', sections.addresses, ['apart', 'equal'], contestants),
    ...denseTable(sections.dense),
    ...passTables('smallest shape, ', sections.calls ?? [], contestants),
    ...Object.entries(document.figures).flatMap(([variant, figures]) => figureTable(variant, figures)),
    ...faults(document),
    ...notes(document),
  ].join('\n');
}

function passTables(prefix, rows, contestants) {
  const passes = Object.keys(passTitles).filter((pass) => rows.some((row) => row.pass === pass));
  return passes.flatMap((pass) => {
    const inPass = rows.filter((row) => row.pass === pass);
    const peers = contestants.filter(({ id }) =>
      inPass.some(({ results }) => ![undefined, 'none'].includes(results[id]?.status)),
    );
    const others = peers.filter(({ id }) => id !== PLAIN);
    const head = [
      'row',
      'shape',
      'off by',
      'this package',
      'GF',
      'limit',
      ...others.flatMap(({ title }) => [title, '×']),
    ];
    const body = inPass.map((row) => [
      row.row,
      shapeText(parseShape(row.shape, row.row)),
      errorText(row.results[PLAIN]),
      resultText(row.results[PLAIN]),
      gigaflopsOf(row, PLAIN)?.toFixed(1) ?? '–',
      percentText(shareOf(row, PLAIN)),
      ...others.flatMap(({ id }) => [resultText(row.results[id]), ratioCell(ratioOf(row, PLAIN, id))]),
    ]);
    if (inPass.length > 1) body.push(meanCells(inPass, others));
    return [`${prefix}${passTitles[pass]}`, '', ...plainTable({ head, body, numbersFrom: 2 }), ''];
  });
}

function meanCells(rows, others) {
  const mean = (valueOf) => overRows(rows, valueOf, 'more')?.mean;
  return [
    ...['geometric mean', '', '', ''],
    mean((row) => gigaflopsOf(row, PLAIN))?.toFixed(1) ?? '–',
    percentText(mean((row) => shareOf(row, PLAIN))),
    ...others.flatMap(({ id }) => ['', ratioCell(mean((row) => ratioOf(row, PLAIN, id)))]),
  ];
}

function sideTable(title, rows, [before, after], contestants) {
  if (!rows?.length) return [];
  const own = contestants.filter(({ isOurs }) => isOurs);
  const head = ['row', 'shape', 'pass', ...own.flatMap(({ title: name }) => [`${name}, ${before}`, after, '×'])];
  const body = rows.map((row) => [
    row.row,
    shapeText(parseShape(row.shape, row.row)),
    row.pass,
    ...own.flatMap(({ id }) => [
      resultText(row.results[`${id}/${before}`]),
      resultText(row.results[`${id}/${after}`]),
      sideRatio(ratioOf(row, `${id}/${before}`, `${id}/${after}`)),
    ]),
  ]);
  return [title, '', ...plainTable({ head, body, numbersFrom: 3 }), ''];
}

function denseTable(rows) {
  if (!rows?.length) return [];
  const hasCpu = rows.some(({ results }) => results['tfjs-cpu']);
  const head = ['shape, output channels', 'off by', 'plug-in', 'GF', ...(hasCpu ? ['tfjs cpu', '×'] : [])];
  const body = rows.map((row) => [
    row.shape,
    errorText(row.results['plug-in']),
    resultText(row.results['plug-in']),
    gigaflopsOf(row, 'plug-in')?.toFixed(1) ?? '–',
    ...(hasCpu ? [resultText(row.results['tfjs-cpu']), ratioCell(ratioOf(row, 'plug-in', 'tfjs-cpu'))] : []),
  ]);
  return ['Dense convolution, gradient of the filter, 1×1', '', ...plainTable({ head, body, numbersFrom: 1 }), ''];
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

/** A second. A machine with nothing else to do stays far below. */
const MANY_INTERRUPTIONS = 20;

function faults({ sections, contestants, missing, interruptions }) {
  const titleOf = (id) => contestants.find((contestant) => contestant.id === id)?.title ?? id;
  const lines = Object.entries(sections).flatMap(([section, rows]) =>
    rows.flatMap(({ row, shape, pass, results = {}, limits = {} }) =>
      Object.entries({ ...limits, ...results }).flatMap(([id, { status, message, difference }]) => {
        if (status !== 'failed' && status !== 'wrong') return [];
        const what = status === 'failed' ? `failed: ${message}` : `is wrong, off by ${differenceText(difference)}`;
        return [`  ${section}, ${row ?? shape}${pass ? `, ${passTitles[pass]}` : ''}: ${titleOf(id)} ${what}`];
      }),
    ),
  );
  if (interruptions > MANY_INTERRUPTIONS) {
    lines.push(
      `  The machine was busy: other programs had the core ${interruptions.toFixed(0)} times a second. That hits long calls and hardly short`,
      '  ones, so that slow peers look slower than they are.',
    );
  }
  for (const [id, reason] of Object.entries(missing)) lines.push(`  ${id} is not there: ${reason}`);
  return lines.length > 0 ? ['To be noted:', '', ...lines, ''] : [];
}

function notes({ sections, machine, package: version, contestants, date, seconds, tolerance }) {
  const versions = contestants
    .filter(({ isOurs }) => !isOurs)
    .map(({ title, version: theirs }) => `${title} ${theirs}`);
  return [
    ...limitNote(sections.passes ?? []),
    [
      `${machine.cpu} (${machine.cores} cores), ${machine.platform} ${machine.arch}`,
      `Node ${machine.node}`,
      `depthwise-wasm ${version}`,
      ...versions,
      date.slice(0, 10),
      `measured in ${seconds.toFixed(0)} s`,
    ].join(' · '),
    '',
    '  off by: the largest difference of this package from float64 loops by the definition, relative to the largest value; everybody is',
    `  checked so in every row before being timed, and is wrong beyond ${tolerance.toExponential()}. Times: median of one call, in turn, warmed up, on one thread.`,
    '  limit: how much this package reaches of what the machine can do: all multiplications and additions at its peak, or every tensor',
    '  moved once at the speed of a copy; that takes its turns with everybody, in the same race. ×: how many times as long as this package,',
    '  or as the side before; ! where a peer is the faster one. * one call is all that was timed.',
  ];
}

/** How fast a row could be at most. */
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

function sideRatio(ratio) {
  return ratio === undefined ? '–' : ratioText(ratio);
}

function percentText(share) {
  return share === undefined ? '–' : `${(share * 100).toFixed(0)} %`;
}

function figureText(value, unit) {
  const number = value < 1e-3 ? value.toExponential(1) : ratioText(value);
  return unit === '×' ? `${number}×` : `${number} ${unit}`.trim();
}
