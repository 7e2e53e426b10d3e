import { limitCandidates, limitOf } from '../limits/limits.js';
import { measurePass } from '../shared/measure.js';

/**
 * Measures the candidates in turn with the limit of the machine for `work`, { flops, bytes }. Returns a row of results (report.js).
 *
 * @param {{ row: string, shape: string, pass: string }} names
 * @param {{ work: object, candidates: object[], right: object, limitsModule: object, allowed: object }} measurement `candidates`, `right` and
 *   `allowed` as measurePass takes them
 */
export async function measureRow(names, { work, candidates, right, limitsModule, allowed }) {
  const limits = limitCandidates(limitsModule, work);
  const times = await measurePass(
    [...limits.map((limit) => ({ ...limit, isLimit: true })), ...candidates],
    right,
    allowed,
  );
  return {
    ...names,
    ...work,
    ...limitOf(limits, times),
    results: Object.fromEntries(candidates.map(({ id }) => [id, times[id]])),
  };
}
