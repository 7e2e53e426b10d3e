/** A layer's shape for readers: 1 × 28 × 28 × 256, filter 3 × 3, stride 2. @param {any} layer */
export function shapeWords({
  batch,
  height,
  width,
  channels,
  filterHeight,
  filterWidth,
  multiplier,
  strides,
  dilations,
  pad,
}) {
  const parts = [product([batch, height, width, channels]), `filter ${product([filterHeight, filterWidth])}`];
  if (multiplier > 1) parts.push(`multiplier ${multiplier}`);
  if (strides.some((stride) => stride > 1)) parts.push(`stride ${pair(strides)}`);
  if (dilations.some((dilation) => dilation > 1)) parts.push(`dilation ${pair(dilations)}`);
  if (pad !== 'same') parts.push(`pad ${pad}`);
  return parts.join(', ');
}

/** @param {string[]} words 'a', 'a and b', 'a, b and c' */
export function listed(words) {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** @param {string} words */
export function capitalised(words) {
  return words[0].toUpperCase() + words.slice(1);
}

function product(numbers) {
  return numbers.join('×');
}

function pair([vertical, horizontal]) {
  return vertical === horizontal ? String(vertical) : product([vertical, horizontal]);
}
