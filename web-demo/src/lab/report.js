import { formatShape } from '../../../bench/shared/layers.js';
import { axesOf, convolutionOf } from '../../../bench/shared/reference.js';
import { contestantOf, nameOf } from './contestants.js';
import { TOLERANCE } from './tolerance.js';

/**
 * What was measured, as JSON: what the page shows and what can be copied. Times are milliseconds of one call.
 *
 * @param {object} measured
 * @param {any} measured.layer
 * @param {any} measured.device
 * @param {'quick' | 'thorough'} measured.time
 * @param {{ step: number, turn: number }} measured.clock
 * @param {{ id: string, version?: string, detail?: string, problem?: string }[]} measured.contestants
 * @param {Map<string, import('./race.js').PassResult[]>} measured.results by pass, those that are finished
 * @param {string[]} measured.passes that were asked for
 * @param {string} measured.version of this package
 * @param {Date} [measured.date]
 */
export function reportOf(measured) {
  const { layer, device, time, clock, contestants, results, passes, version, date = new Date() } = measured;
  const { xShape, filterShape, yShape } = /** @type {any} */ (axesOf(convolutionOf(layer)));
  const base = contestants.find(({ id }) => contestantOf(id).isOurs)?.id ?? null;
  return {
    title: 'depthwise-wasm speed lab',
    date: date.toISOString(),
    isComplete: results.size === passes.length,
    package: version,
    device,
    layer: {
      ...{ name: layer.name, spec: formatShape(layer), strides: layer.strides, dilations: layer.dilations },
      ...{ pad: layer.pad, x: xShape, filter: filterShape, y: yShape },
    },
    method: {
      time,
      clockStep: clock.step,
      leastTurn: clock.turn,
      tolerance: TOLERANCE,
      unit: 'milliseconds of one call',
    },
    contestants: contestants.map(({ id, version: own, detail }) => ({
      ...{ id, title: nameOf(id), isOurs: contestantOf(id).isOurs },
      ...{ version: contestantOf(id).isOurs ? version : (own ?? null), runsOn: detail ?? null },
    })),
    /** Whose times the ratios are relative to. */
    base,
    passes: passes
      .filter((pass) => results.has(pass))
      .map((pass) => ({ pass, results: withRatios(results.get(pass) ?? [], base) })),
  };
}

function withRatios(results, base) {
  const own = results.find(({ id }) => id === base)?.median;
  return results.map((result) => ({ ...result, ...(own && result.median && { ratio: result.median / own }) }));
}
