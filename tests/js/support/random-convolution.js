import { geometryOf, productCount } from './oracle.js';
import { inChannelsFirst, sides } from './grids.js';

/** The oracle needs too much time for more products. */
const MAX_PRODUCTS = 100_000;

/** Returns a convolution of any form that the package accepts (see oracle.js). */
export function randomConvolution(random) {
  for (;;) {
    const convolution = draw(random);
    const geometry = geometryOf(convolution);
    if (geometry && productCount(geometry) <= MAX_PRODUCTS) {
      return random.chance(0.3) ? inChannelsFirst(convolution) : convolution;
    }
  }
}

function draw(random) {
  const channels = random.chance(0.1) ? random.oneOf([33, 64, 256]) : random.within(1, 24);
  const width = random.chance(0.1) ? random.within(40, 200) : random.within(1, 12);
  return {
    xShape: [random.within(0, 4), random.within(1, 12), width, channels],
    filterShape: [random.within(1, 7), random.within(1, 7), channels, random.chance(0.4) ? 1 : random.within(1, 5)],
    strides: steps(random),
    dilations: steps(random),
    ...padding(random),
  };
}

function steps(random) {
  if (random.chance(0.3)) return [1, 1];
  const height = random.within(1, 3);
  return [height, random.chance(0.5) ? height : random.within(1, 3)];
}

function padding(random) {
  const name = random.oneOf(['same', 'valid', '']);
  if (name) return { pad: name };
  const side = () => random.within(0, 5);
  return {
    pad: random.chance(0.5) ? side() : sides(side(), side(), side(), side()),
    dimRoundingMode: random.oneOf([undefined, null, 'floor', 'round', 'ceil']),
  };
}
