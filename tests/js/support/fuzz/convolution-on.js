import { geometryOf, productCount } from '../oracle.js';

/** A convolution whose x has this shape. */
export function convolutionOn(xShape, random) {
  const channels = xShape[3];
  for (let most = 3; ; --most) {
    const side = () => random.within(1, Math.max(1, most));
    const convolution = {
      xShape,
      filterShape: [side(), side(), channels, random.within(1, 2)],
      strides: [side(), side()],
      dilations: [side(), side()],
      pad: 'same',
    };
    if (most < 1 || productCount(geometryOf(convolution)) < 30_000) return convolution;
  }
}
