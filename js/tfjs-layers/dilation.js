import { describe } from '../kinds.js';
import { isChannelsFirst } from './channels.js';

/** @param {any} layer */
export function isDilated({ dilationRate }) {
  return dilationRate.some((rate) => rate !== 1);
}

/**
 * Keras refuses strides beside a dilation (up to 3.14), and tfjs's kernels do, or do not, depending on the backend.
 * @param {any} layer
 */
export function checkDilation(layer) {
  const { strides, dilationRate } = layer;
  const name = layer.getClassName();
  if (!dilationRate.every((rate) => Number.isInteger(rate) && rate >= 1)) {
    const got = describe(dilationRate);
    throw new RangeError(`Error in ${name}: dilationRate must be whole numbers from 1 [height, width], got ${got}`);
  }
  if (!isDilated(layer) || strides.every((stride) => stride === 1)) return;
  const got = `${describe(strides)} beside ${describe(dilationRate)}`;
  throw new RangeError(`Error in ${name}: strides must be 1 beside a dilationRate above 1, got ${got}`);
}

/**
 * The output shape of a dilated layer, from that which it had without. Sizes that are not known stay so.
 * @param {any} layer
 */
export function dilatedShape(layer, undilated) {
  if (layer.padding === 'same') return undilated;
  const shape = [...undilated];
  const first = isChannelsFirst(layer) ? 2 : 1;
  ['height', 'width'].forEach((axis, i) => {
    const size = undilated[first + i];
    if (size === null || size === undefined) return;
    const [taps, rate] = [layer.kernelSize[i], layer.dilationRate[i]];
    shape[first + i] = size - (taps - 1) * (rate - 1); // strides are 1
    if (shape[first + i] >= 1) return;
    throw new RangeError(
      `Error in ${layer.getClassName()}: kernelSize must not be larger than the input: its ${axis} is ` +
        `${(taps - 1) * rate + 1} (${taps} dilated by ${rate}), the input's ${size + taps - 1}`,
    );
  });
  return shape;
}
