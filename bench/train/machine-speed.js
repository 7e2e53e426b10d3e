import { limitCandidates, loadLimitsModule } from '../limits/limits.js';

/** Of a copy: about the size of the tensors of these networks. */
const BYTES = 1 << 20;
const FLOPS = 1e6;
const WARM_UP_TURNS = 20;

/**
 * Returns { measure, speeds }: `measure` measures the peak of the machine once more, and `speeds` returns the best results, in
 * floating-point operations and in copied bytes (read and written) per millisecond.
 */
export async function createSpeedometer() {
  const candidates = limitCandidates(await loadLimitsModule(), { flops: FLOPS, bytes: BYTES });
  const best = { arithmetic: Infinity, copy: Infinity };
  async function measure() {
    for (const { kind, factor, runner } of candidates) {
      best[kind] = Math.min(best[kind], factor * Math.min(...(await runner.turn())));
    }
  }
  for (let turn = 0; turn < WARM_UP_TURNS; ++turn) await measure();
  return { measure, speeds: () => ({ arithmetic: FLOPS / best.arithmetic, copy: BYTES / best.copy }) };
}
