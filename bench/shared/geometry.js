// The definition stands once in this repository, where the tests keep it.
import { geometryOf as definitionOf } from '../../tests/js/support/oracle.js';

/** Of a convolution (convolutionOf), what the definition says of each axis. */
export { geometryOf as axesOf, sizeOf } from '../../tests/js/support/oracle.js';

/** A layer as the oracle takes it. NHWC, unless it has a `dataFormat`. */
export function convolutionOf(layer) {
  const { batch, height, width, channels, filterHeight, filterWidth, multiplier } = layer;
  const { strides, dilations, pad, dataFormat = 'NHWC' } = layer;
  return {
    xShape: dataFormat === 'NCHW' ? [batch, channels, height, width] : [batch, height, width, channels],
    filterShape: [filterHeight, filterWidth, channels, multiplier],
    ...{ strides, dilations, pad, dataFormat },
  };
}

/** The shapes of a layer's tensors; a RangeError where no output is left. */
export function geometryOf(layer) {
  const convolution = convolutionOf(layer);
  const geometry = definitionOf(convolution);
  if (!geometry) {
    const { filterHeight, filterWidth, height, width } = layer;
    throw new RangeError(
      `the filter, ${filterHeight}x${filterWidth} before dilation, is larger than the padded input of ${height}x${width}`,
    );
  }
  return { inputShape: convolution.xShape, filterShape: convolution.filterShape, outputShape: geometry.yShape };
}
