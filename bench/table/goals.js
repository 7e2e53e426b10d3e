import { geometricMean } from '../shared/numbers.js';

// The figures of this package and its goals: the value that each figure must reach (`floor`) and the one that it should reach (`aim`).

/** The variants of this package. The plain one is compared with the floors and the peers. */
export const PLAIN = 'simd';
export const RELAXED = 'relaxed-simd';

const V8_OF_NODE_24 = 13;

/** The products in a sum of a dense convolution from which packing takes little of the time. */
const MANY_TERMS = 64;
/** The channels of a picture, the input of the first layer of a network. */
const FIRST_CHANNELS = 3;

/** The second pair of numbers, if any, is for V8 of Node 24 and newer, which made some peers faster. */
const goals = [
  more('forward/tfjs-wasm', 'forward against tfjs wasm', '×', [4.0, 5], [3.2, 4]),
  more('forward/tfjs-wasm/worst', 'the same, worst row', '×', [2.0, 2.5], [1.65, 2]),
  more('forward/limit', 'forward, share of the limit', '%', [65, 80]),
  more('forward/limit/worst', 'the same, worst row', '%', [40, 60]),
  less('fused/forward', 'bias and relu6, time against forward', '×', [1.35, 1.15]),
  less('input/forward', 'input gradient, time against forward', '×', [1.1, 1.0]),
  less('filter/forward', 'filter gradient, time against forward', '×', [1.25, 1.1]),
  more('input/tfjs-cpu', 'input gradient against tfjs cpu', '×', [120, 150]),
  more('filter/tfjs-cpu', 'filter gradient against tfjs cpu', '×', [2000, 2500]),
  more('input/ort-training', 'input gradient against ort-web 1.19 training', '×', [8, 12]),
  more('filter/ort-training', 'filter gradient against ort-web 1.19 training', '×', [7, 12]),
  more('dense/forward/tfjs-wasm', 'dense forward against tfjs wasm', '×', [1.25, 1.4]),
  more('dense/forward/tfjs-wasm/worst', 'the same, worst row', '×', [0.95, 1.1]),
  more('dense/changing/tfjs-wasm', 'dense forward, new weights, against tfjs wasm', '×', [1.7, 2.2]),
  more('dense/forward', 'dense forward, 64 terms or more', 'GF', [50, 56]),
  more('dense/filter', 'dense filter gradient', 'GF', [47, 55]),
  more('dense/forward/limit', 'the same, share of the limit', '%', [80, 90]),
  more('dense/input/limit', 'dense input gradient, share of the limit', '%', [65, 80]),
  more('dense/filter/limit', 'dense filter gradient, share of the limit', '%', [65, 80]),
  more('dense/forward/first', 'dense forward, 3 channels', 'GF', [40, 50]),
  more('dense/filter/first', 'dense filter gradient, 3 channels', 'GF', [40, 50]),
  less('pooling/2x2', 'max pool gradient, 2×2 stride 2, time against the limit', '×', [2, 1.5]),
  less('pooling/3x3', 'max pool gradient, 3×3 stride 2, time against the limit', '×', [3, 2.5]),
  more('networks/mobilenet-v1', 'model.predict of MobileNetV1 against tfjs wasm', '×', [1.8, 2.2]),
  more('networks/mobilenet-v2', 'model.predict of MobileNetV2 against tfjs wasm', '×', [2.4, 3]),
  less('layouts', 'NCHW, time against NHWC', '×', [1.5, 1.1]),
  less('addresses', 'equal addresses, time against others', '×', [1.2, 1.05]),
  less('call', 'call, smallest shape', 'µs', [5, 2]),
  less('accuracy', 'filter gradient, 800 000 positive terms, relative error', '', [5e-6, 1e-6]),
  less('size', 'whole package, gzipped wasm and JavaScript', 'KB', [60, 45]),
];

/** Returns the goals for a version of V8: [{ id, title, unit, better: 'more' | 'less', floor, aim }]. */
export function floorsFor(v8Version) {
  const isNew = parseInt(v8Version) >= V8_OF_NODE_24;
  return goals.map(({ old, recent, ...rest }) => {
    const [floor, aim] = isNew ? recent : old;
    return { ...rest, floor, aim };
  });
}

/** Returns 'meets the aim', 'meets the floor' or 'below the floor'; 'not measured' without a value. */
export function verdictOf({ better, floor, aim }, value) {
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  const reaches = (bound) => (better === 'more' ? value >= bound : value <= bound);
  if (reaches(aim)) return 'meets the aim';
  return reaches(floor) ? 'meets the floor' : 'below the floor';
}

function more(id, title, unit, old, recent = old) {
  return { id, title, unit, better: 'more', old, recent };
}

function less(id, title, unit, old, recent = old) {
  return { id, title, unit, better: 'less', old, recent };
}

/** Returns the time of a backend in a row of results; undefined unless its result was right. */
export function timeOf(row, id) {
  const result = row?.results[id];
  return result?.status === 'ok' ? result.milliseconds : undefined;
}

/** Returns 10⁹ floating-point operations per second. */
export function gigaflopsOf(row, id) {
  const milliseconds = timeOf(row, id);
  return milliseconds && row.flops / milliseconds / 1e6;
}

/** Returns the share of the limit that is reached, 1 for all of it; undefined when no limit could be measured. */
export function shareOf(row, id) {
  const milliseconds = timeOf(row, id);
  return milliseconds && row.limit && row.limit / milliseconds;
}

/** Returns how many times as long as `id` the other takes in the same row. */
export function ratioOf(row, id, other) {
  const [ours, theirs] = [timeOf(row, id), timeOf(row, other)];
  return ours && theirs && theirs / ours;
}

/**
 * Returns, over the rows with a value, { mean: the geometric mean, worst, worstRow, rows, perRow }; undefined without any. `better` is 'more'
 * when the lowest value is the worst.
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
 * Returns every goal with the figure that a variant of this package reached: [{ id, title, unit, floor, aim, value, verdict }] and, when the
 * value is a mean, `rows`, `worst`, `worstRow` and the number of rows `below` the floor.
 */
export function figuresOf(report, variant, v8Version) {
  const {
    passes = [],
    layouts = [],
    addresses = [],
    dense = [],
    pooling = [],
    networks = [],
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
    ...denseFigures(dense, variant),
    ...poolingFigures(pooling, variant),
    ...networkFigures(networks, variant),
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

function denseFigures(rows, variant) {
  const inPass = (pass, valueOf, isIncluded = () => true) =>
    overRows(
      rows.filter((row) => row.pass === pass && isIncluded(row)),
      valueOf,
      'more',
    );
  const ratio = (row) => ratioOf(row, variant, 'tfjs-wasm');
  const speed = (row) => gigaflopsOf(row, variant);
  const share = (row) => percent(shareOf(row, variant));
  const hasManyTerms = ({ terms }) => terms >= MANY_TERMS;
  const isFirst = ({ channels }) => channels === FIRST_CHANNELS;
  const kept = inPass('forward', ratio);
  return {
    'dense/forward/tfjs-wasm': kept,
    'dense/forward/tfjs-wasm/worst': worstOf(kept),
    'dense/changing/tfjs-wasm': inPass('changing', ratio),
    'dense/forward': inPass('forward', speed, hasManyTerms),
    'dense/filter': inPass('filter', speed),
    'dense/forward/limit': inPass('forward', share, hasManyTerms),
    'dense/input/limit': inPass('input', share),
    'dense/filter/limit': inPass('filter', share),
    'dense/forward/first': inPass('forward', speed, isFirst),
    'dense/filter/first': inPass('filter', speed, isFirst),
  };
}

/** Returns the times of the max pool gradient as multiples of the limit. */
function poolingFigures(rows, variant) {
  const gradients = (prefix) =>
    overRows(
      rows.filter(({ row, pass }) => pass === 'maxPoolGradient' && row.startsWith(prefix)),
      (row) => quotient(timeOf(row, variant), row.limit),
      'less',
    );
  return { 'pooling/2x2': gradients('pool-2x2-s2/'), 'pooling/3x3': gradients('pool-3x3-s2/') };
}

function networkFigures(rows, variant) {
  return Object.fromEntries(rows.map((row) => [`networks/${row.row}`, single(ratioOf(row, variant, 'tfjs-wasm'))]));
}

function worstOf(figure) {
  return figure && { mean: figure.worst, worstRow: figure.worstRow };
}

/** Returns the longest time, in microseconds. */
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
