import { geometryOf, productCount } from './oracle.js';
import { inChannelsFirst, sides } from './grids.js';

/** Beyond this the oracle takes too long. */
const MOST_PRODUCTS = 100_000;

/** A convolution within what the package promises, of any form (see oracle.js). */
export function randomConvolution(random) {
  for (;;) {
    const convolution = random.chance(0.05) ? drawWide(random) : random.chance(0.05) ? drawDeep(random) : draw(random);
    const geometry = geometryOf(convolution);
    if (geometry && productCount(geometry) <= MOST_PRODUCTS) {
      return random.chance(0.3) ? inChannelsFirst(convolution) : convolution;
    }
  }
}

function draw(random) {
  const channels = random.chance(0.05) ? 33 : random.within(1, 24);
  return {
    xShape: [random.within(0, 4), random.within(1, 12), random.within(1, 12), channels],
    filterShape: [random.within(1, 7), random.within(1, 7), channels, random.chance(0.4) ? 1 : random.within(1, 5)],
    strides: steps(random),
    dilations: steps(random),
    ...padding(random),
  };
}

function drawWide(random) {
  const channels = random.within(1, 12);
  return {
    ...draw(random),
    xShape: [1, random.within(1, 3), random.within(40, 200), channels],
    filterShape: [random.within(1, 2), random.within(1, 7), channels, random.within(1, 2)],
  };
}

function drawDeep(random) {
  const channels = random.oneOf([64, 256, 512]);
  return {
    ...draw(random),
    xShape: [1, random.within(1, 4), random.within(1, 4), channels],
    filterShape: [random.within(1, 3), random.within(1, 3), channels, random.within(1, 2)],
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
