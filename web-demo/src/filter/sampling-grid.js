import { geometryOf } from '../../../tests/js/support/oracle.js';
import { convolutionOf } from './task.js';

/**
 * A picture of few pixels under the layer's settings, along one axis (the other is the same): its size with the padding on either side, the
 * number of outputs, and which inputs each reads.
 *
 * @param {import('./task.js').Settings} settings
 */
export function samplingGrid(settings) {
  const { kernel, stride, dilation } = settings;
  const reach = (kernel - 1) * dilation + 1;
  const size = Math.max(8, reach + 2 * stride);
  const { out, before } = /** @type {any} */ (geometryOf(convolutionOf(settings, size, 1))).height;
  const after = Math.max(0, (out - 1) * stride + reach - size - before);
  return {
    ...{ size, before, after, out },
    /** Positions that output `at` reads; those below 0 and from `size` on are padding. @param {number} at */
    taps: (at) => Array.from({ length: kernel }, (_, tap) => at * stride + tap * dilation - before),
  };
}
