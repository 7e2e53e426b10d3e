import { figuresOf } from './figures.js';

/**
 * What --json writes. Times are in milliseconds, sizes in bytes.
 *
 * {
 *   "date": ISO 8601, "seconds": of the whole run, "tolerance": 1e-4,
 *   "interruptions": how often in a second another program had the core instead,
 *   "ok": every result of this package is right,
 *   "package": version, "machine": { "cpu", "cores", "platform", "arch", "node", "v8" },
 *   "contestants": [{ "id", "title", "version" }], this package's first; "missing": { id: why it is not among them },
 *   "sections": {
 *     "passes": [{
 *       "row", "shape", "pass": "forward" | "fused" | "input" | "filter",
 *       "flops", "bytes" (work.js),
 *       "limit": the time that they take at least, measured in turn with the results (bench/limits/limit.js), missing where it could not be,
 *       "limits": { way: as results, the time scaled to the row }, "multiplyAdd…" for the flops, "copy…" for the bytes,
 *       "results": { id: {
 *         "status": "ok" | "wrong" (beyond the tolerance) | "failed" (threw) | "none" (it has no such kernel),
 *         "difference": largest from float64 over the largest value, null for another shape or NaN,
 *         "milliseconds": median of a call, "calls": how many were timed, both when ok,
 *         "message": when failed
 *       } }
 *     }],
 *     "layouts": the same with results "simd/NHWC", "simd/NCHW", …, "addresses": with "simd/equal", "simd/apart", …,
 *     "dense": [{ "shape", "times": how often in the network, "flops", "results": of "plug-in" and "tfjs-cpu" }],
 *     "calls": as passes, for the smallest shape,
 *     "accuracy": [{ "id", "terms", "error": relative }],
 *     "size": [{ "wasm", "javascript", "bytes": both }], gzipped
 *   },
 *   "figures": { variant: [{ "id", "title", "unit", "better", "floor", "aim", "value", "verdict", "worst", "worstRow", "rows", "below" }] }
 * }
 */
export function documentOf(report) {
  const { contestants, machine } = report;
  const variants = contestants.filter(({ isOurs }) => isOurs).map(({ id }) => id);
  return {
    ...report,
    ok: isRight(report, variants),
    figures: Object.fromEntries(variants.map((variant) => [variant, figuresOf(report, variant, machine.v8)])),
  };
}

/** Whether everything of this package was right wherever it was computed. */
function isRight({ sections }, variants) {
  const isOurs = (id) => id === 'plug-in' || variants.includes(id.split('/')[0]);
  return Object.values(sections)
    .flat()
    .flatMap(({ results = {} }) => Object.entries(results))
    .every(([id, { status }]) => !isOurs(id) || status === 'ok');
}
