import { axesOf, convolutionOf } from '../../../bench/shared/reference.js';
import { ratioText, timeText } from '../../../bench/shared/numbers.js';
import { formatShape } from '../../../bench/shared/layers.js';
import { networkOf, networkPasses } from './networks.js';
import { splitId, threadsText } from './threads.js';

// What the lab measures (passes, backends), and the report of a measurement: as JSON and in sentences.

/** The passes of a layer. Addresses and reports contain the id. */
export const passes = [
  { id: 'forward', title: 'Forward', formula: 'y from x and filter' },
  { id: 'input', title: 'Input gradient', formula: 'dx from dy and filter' },
  { id: 'filter', title: 'Filter gradient', formula: 'dfilter from x and dy' },
];

/** The backends, in the order of the charts. */
export const backends = [
  { id: 'simd', title: 'This package', kind: 'SIMD', isOurs: true, hasThreads: true },
  { id: 'relaxed-simd', title: 'This package', kind: 'relaxed SIMD', isOurs: true, hasThreads: true },
  { id: 'tfjs-wasm', title: 'TensorFlow.js', kind: 'wasm', isOurs: false, hasThreads: true },
  { id: 'tfjs-cpu', title: 'TensorFlow.js', kind: 'cpu', isOurs: false },
  { id: 'tfjs-webgl', title: 'TensorFlow.js', kind: 'webgl', isOurs: false, isGpu: true },
  { id: 'tfjs-webgpu', title: 'TensorFlow.js', kind: 'webgpu', isOurs: false, isGpu: true },
];

/** The largest allowed difference from the reference, relative to the largest right value. The benchmarks use the same limit. */
export const TOLERANCE = 1e-4;

/** The middle half of the samples of a stable result is at most this wide, relative to the median. */
const MAX_SPREAD = 0.3;

/** Returns whether a result varies so much that the user should measure again. @param {import('./measure.js').PassResult} result */
export function isUnstable({ lower = 0, median = 0, upper = 0 }) {
  return upper - lower > MAX_SPREAD * median;
}

/** @param {string} id */
export function passOf(id) {
  return found([...passes, ...networkPasses], id);
}

/** Returns a backend; `kind` also says its number of threads. @param {string} id such as `simd` and `simd/2` */
export function backendOf(id) {
  const { name, threads } = splitId(id);
  const backend = found(backends, name);
  if (threads === undefined) return backend;
  if (!backend.hasThreads) throw new RangeError(`${name} has no choice of threads, got ${id}`);
  return { ...backend, kind: `${backend.kind}, ${threadsText(threads)}` };
}

/** @template {{ id: string }} Item @param {Item[]} items @param {string} id */
function found(items, id) {
  const item = items.find((one) => one.id === id);
  if (!item) throw new RangeError(`id must be one of ${items.map((one) => one.id).join(', ')}, got ${id}`);
  return item;
}

/** Returns the name of a backend in a sentence. @param {string} id */
export function nameOf(id) {
  const { title, kind, isOurs } = backendOf(id);
  return `${isOurs ? title.toLowerCase() : title} (${kind})`;
}

/** @param {string} text */
export function capitalized(text) {
  return text[0].toUpperCase() + text.slice(1);
}

/**
 * Returns the report of a measurement as plain JSON. The page shows this report, and the user can copy it. Times are milliseconds of one
 * call.
 *
 * @param {object} measured
 * @param {any} measured.layer
 * @param {any} measured.device
 * @param {'quick' | 'thorough'} measured.time
 * @param {{ step: number, sampleLength: number }} measured.clock
 * @param {{ id: string, version?: string, runsOn?: string, problem?: string }[]} measured.backends
 * @param {Map<string, import('./measure.js').PassResult[]>} measured.results of the finished passes
 * @param {string[]} measured.passes the selected passes
 * @param {string} measured.version of this package
 * @param {Date} [measured.date]
 */
export function reportOf(measured) {
  const { layer, device, time, clock, results, passes, version, date = new Date() } = measured;
  // With both variants of this package, the ratios are relative to relaxed SIMD, which load() picks; with several numbers of threads, to the
  // first.
  const own = measured.backends.map(({ id }) => id).filter((id) => backendOf(id).isOurs);
  const base = own.find((id) => backendOf(id).id === backendOf(own[own.length - 1]).id) ?? null;
  return {
    title: 'depthwise-wasm speed lab',
    date: date.toISOString(),
    isComplete: results.size === passes.length,
    package: version,
    device,
    ...subjectOf(layer),
    method: {
      time,
      clockStep: clock.step,
      sampleLength: clock.sampleLength,
      tolerance: networkOf(layer.name) ? Object.fromEntries(networkPasses.map((pass) => [pass.id, pass.tolerance])) : TOLERANCE, // prettier-ignore
      unit: 'milliseconds of one call',
    },
    backends: measured.backends.map(({ id, version: own, runsOn }) => ({
      ...{ id, title: nameOf(id), isOurs: backendOf(id).isOurs },
      ...{ version: backendOf(id).isOurs ? version : (own ?? null), runsOn: runsOn ?? null },
    })),
    /** The ratios are relative to this backend. */
    base,
    passes: passes
      .filter((pass) => results.has(pass))
      .map((pass) => ({ pass, results: withRatios(results.get(pass) ?? [], base) })),
  };
}

/** Returns what was measured: a network or a layer. */
function subjectOf(layer) {
  const network = networkOf(layer.name);
  if (network) return { network };
  const { name, strides, dilations, pad } = layer;
  const { xShape, filterShape, yShape } = /** @type {any} */ (axesOf(convolutionOf(layer)));
  const shapes = { x: xShape, filter: filterShape, y: yShape };
  return { layer: { name, spec: formatShape(layer), strides, dilations, pad, ...shapes } };
}

function withRatios(results, base) {
  const baseTime = results.find(({ id }) => id === base)?.median;
  return results.map((result) => ({
    ...result,
    ...(isUnstable(result) && { isUnstable: true }),
    ...(baseTime && result.median && { ratio: result.median / baseTime }),
  }));
}

/**
 * Returns a sentence that compares this package with the fastest other backend, or '' without such a pair.
 *
 * @param {{ results: import('./measure.js').PassResult[] }} pass of a report
 * @param {string | null} base of the report
 */
export function comparisonOf({ results }, base) {
  /** @type {any[]} */
  const measured = results.filter(({ median }) => median !== undefined);
  const fastest = (/** @type {(result: any) => boolean} */ isMeant) => measured.filter(isMeant).sort((a, b) => a.median - b.median)[0]; // prettier-ignore
  const own = fastest(({ id }) => base !== null && backendOf(id).id === backendOf(base).id);
  const isOther = ({ id }) => !backendOf(id).isOurs;
  const other = fastest(isOther);
  if (own && !other && results.some(isOther)) return 'No other selected backend computes this pass correctly.';
  if (!own || !other) return '';
  const ratio = other.median / own.median;
  const [faster, slower, factor] = ratio >= 1 ? [own, other, ratio] : [other, own, 1 / ratio];
  const caution = isUnstable(own) || isUnstable(other) ? ' A time is unstable: measure again.' : '';
  return `${capitalized(nameOf(faster.id))} is ${ratioText(factor)} times as fast as ${nameOf(slower.id)}.${caution}`;
}

/**
 * Returns a sentence for each backend that was measured on several numbers of threads: how much faster the largest number is than the smallest.
 *
 * @param {{ results: import('./measure.js').PassResult[] }} pass of a report
 */
export function speedupsOf({ results }) {
  return backends.flatMap(({ id: backend }) => {
    /** @type {any[]} */
    const curve = results
      .map((result) => ({ ...result, ...splitId(result.id) }))
      .filter(({ name, threads, median }) => name === backend && threads !== undefined && median !== undefined)
      .sort((a, b) => Number(a.threads) - Number(b.threads));
    if (curve.length < 2) return [];
    const [first, last] = [curve[0], curve[curve.length - 1]];
    const caution = isUnstable(first) || isUnstable(last) ? ' A time is unstable: measure again.' : '';
    return [`${capitalized(nameOf(backend))}: on ${threadsText(last.threads)}, ${ratioText(first.median / last.median)} times as fast as on ${threadsText(first.threads)}.${caution}`]; // prettier-ignore
  });
}

/** Returns sentences about the method and the versions of a report. @param {any} report */
export function footnoteOf({ package: version, method, passes, base, backends }) {
  const samples = passes.flatMap(({ results }) => results.flatMap((result) => result.samples ?? []));
  const sentences = [];
  if (samples.length > 0) {
    const count = [...new Set([Math.min(...samples), Math.max(...samples)])].join(' to ');
    sentences.push(
      `Times are medians of ${count} samples. A sample takes about ${Math.round(method.sampleLength)} ms, or one call if that takes longer. The clock has a resolution of ${timeText(method.clockStep)}.`,
    );
  }
  if (base) sentences.push(`Factors are relative to ${nameOf(base)}: above 1 is slower.`);
  const own = backends.find(({ id }) => id === base);
  const ownVersion = `depthwise-wasm ${version}${own?.runsOn ? ` on ${own.runsOn}` : ''}`;
  const isFirst = ({ id }) => backends.find((one) => splitId(one.id).name === splitId(id).name)?.id === id;
  const others = backends.filter((backend) => !backend.isOurs && backend.version && isFirst(backend));
  const versions = others.map((other) => `${nameOf(other.id)} ${other.version} on ${other.runsOn}`);
  sentences.push(`Versions: ${[ownVersion, ...versions].join('; ')}.`);
  return sentences.join(' ');
}
