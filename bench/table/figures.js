import { geometricMean } from '../shared/statistics.js';
import { floorsFor, verdictOf } from './floors.js';

/** The time of a contestant, or of one side of it, in a row; undefined unless it was right. */
export function timeOf(row, id) {
  const result = row?.results[id];
  return result?.status === 'ok' ? result.milliseconds : undefined;
}

/** 10⁹ floating-point operations a second. */
export function gigaflopsOf(row, id) {
  const milliseconds = timeOf(row, id);
  return milliseconds && row.flops / milliseconds / 1e6;
}

/** How much of the limit is reached: 1 is all of it. Undefined where no limit could be measured. */
export function shareOf(row, id) {
  const milliseconds = timeOf(row, id);
  return milliseconds && row.limit && row.limit / milliseconds;
}

/** How many times as long the other takes in the same row. */
export function ratioOf(row, id, other) {
  const [ours, theirs] = [timeOf(row, id), timeOf(row, other)];
  return ours && theirs && theirs / ours;
}

/**
 * Over the rows where there is a value: { mean: the geometric one, worst, worstRow, rows, perRow }; `better` says which end is worst.
 * Undefined without any.
 */
export function overRows(rows, valueOf, better) {
  const perRow = rows.flatMap((row) => {
    const value = valueOf(row);
    return value === undefined ? [] : [{ row: row.row, shape: row.shape, pass: row.pass, value }];
  });
  if (perRow.length === 0) return undefined;
  const order = better === 'more' ? 1 : -1;
  const [worst] = [...perRow].sort((a, b) => order * (a.value - b.value));
  return {
    mean: geometricMean(perRow.map(({ value }) => value)),
    ...{ worst: worst.value, worstRow: worst, rows: perRow.length, perRow },
  };
}

/**
 * Every floor with the figure that a variant of this package reached: { id, title, unit, floor, aim, value, verdict } and, where the
 * value is a mean, `rows`, `worst` and how many rows are `below` the floor by themselves.
 */
export function figuresOf(report, variant, v8Version) {
  const {
    passes = [],
    layouts = [],
    addresses = [],
    dense = [],
    calls = [],
    accuracy = [],
    size = [],
  } = report.sections;
  const inPass = (pass) => passes.filter((row) => row.pass === pass);
  const against = (pass, peer) => overRows(inPass(pass), (row) => ratioOf(row, variant, peer), 'more');
  const limit = overRows(inPass('forward'), (row) => percent(shareOf(row, variant)), 'more');
  const forwardOf = ({ row }) => inPass('forward').find((other) => other.row === row);
  const againstForward = (pass) =>
    overRows(inPass(pass), (row) => quotient(timeOf(row, variant), timeOf(forwardOf(row), variant)), 'less');
  const sides = (rows, one, other) =>
    overRows(rows, (row) => ratioOf(row, `${variant}/${other}`, `${variant}/${one}`), 'less');
  const tfjs = against('forward', 'tfjs-wasm');
  const measured = {
    'forward/tfjs-wasm': tfjs,
    'forward/tfjs-wasm/worst': worstOf(tfjs),
    'forward/limit': limit,
    'forward/limit/worst': worstOf(limit),
    'fused/forward': againstForward('fused'),
    'input/forward': againstForward('input'),
    'filter/forward': againstForward('filter'),
    'input/tfjs-cpu': against('input', 'tfjs-cpu'),
    'filter/tfjs-cpu': against('filter', 'tfjs-cpu'),
    'input/ort-training': against('input', 'ort-training'),
    'filter/ort-training': against('filter', 'ort-training'),
    dense: denseFigure(dense),
    layouts: sides(layouts, 'NCHW', 'NHWC'),
    addresses: sides(addresses, 'equal', 'apart'),
    call: slowest(calls.map((row) => timeOf(row, variant))),
    accuracy: single(accuracy.find(({ id }) => id === variant)?.error),
    size: single(size[0] && size[0].bytes / 1024),
  };
  return floorsFor(v8Version).map((goal) => {
    const { mean, worst, worstRow, rows, perRow } = measured[goal.id] ?? {};
    const below = perRow?.filter(({ value }) => verdictOf(goal, value) === 'below the floor').length;
    return { ...goal, value: mean, verdict: verdictOf(goal, mean), worst, worstRow, rows, below };
  });
}

/** Of all layers together, as one step of training runs them. */
function denseFigure(rows) {
  const valid = rows.filter((row) => timeOf(row, 'plug-in'));
  if (valid.length === 0) return undefined;
  const total = (valueOf) => valid.reduce((sum, row) => sum + row.times * valueOf(row), 0);
  return {
    ...overRows(valid, (row) => gigaflopsOf(row, 'plug-in'), 'more'),
    mean: total(({ flops }) => flops) / total((row) => timeOf(row, 'plug-in')) / 1e6,
  };
}

function worstOf(figure) {
  return figure && { mean: figure.worst, worstRow: figure.worstRow };
}

/** In microseconds. */
function slowest(milliseconds) {
  const times = milliseconds.filter((time) => time !== undefined);
  return times.length > 0 ? { mean: Math.max(...times) * 1000 } : undefined;
}

function single(value) {
  return value === undefined ? undefined : { mean: value };
}

function percent(share) {
  return share === undefined ? undefined : share * 100;
}

function quotient(a, b) {
  return a && b && a / b;
}
