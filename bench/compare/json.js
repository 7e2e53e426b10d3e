import { formatShape } from '../shared/shape-spec.js';
import { geometricMeans, isOursRight, ratioTo } from './summary.js';

/**
 * What --json prints:
 *
 * {
 *   "date": ISO 8601, "seconds": of the whole run, "tolerance": 1e-4,
 *   "ok": every result of this package is right,
 *   "package": { "version", "variant" }, "tfjs": version or null,
 *   "machine": { "cpu", "cores", "platform", "arch", "node" },
 *   "rows": [{
 *     "layer": "mobilenet-v1/1", "shape": "1x112x112x32,3x3", "pass": "forward" | "input" | "filter",
 *     "results": {
 *       "depthwise-wasm" | "tfjs-wasm" | "tfjs-cpu": {
 *         "status": "ok" | "wrong" (beyond the tolerance) | "failed" (threw) | "none" (it has no such kernel),
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
export function jsonReport(rows, peers, context) {
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
