/** The convolutions that every kernel is tested with (see oracle.js for their form). Each grid varies what its name says. */

const STEPS = [
  [1, 1],
  [2, 2],
  [3, 3],
  [1, 2],
  [3, 1],
];
const FILTERS = [...[1, 2, 3, 4, 5, 6, 7].map((size) => [size, size]), [1, 3], [3, 1], [1, 7], [5, 1], [2, 5], [7, 4]];

export const grids = {
  'filters, strides, dilations and paddings': combine({
    filter: FILTERS,
    strides: STEPS,
    dilations: STEPS,
    pad: ['same', 'valid', 9, sides(0, 3, 2, 1)],
  }).map(({ filter, ...others }) => ({ xShape: [1, 9, 10, 3], filterShape: [...filter, 3, 1], ...others })),

  'rounding modes': combine({
    size: [5, 6, 7, 8],
    strides: [1, 2, 3, 4, 7].map((stride) => [stride, stride]),
    dilations: [
      [1, 1],
      [2, 2],
    ],
    pad: [0, 1, 3, sides(2, 0, 0, 3), sides(0, 1, 4, 0)],
    dimRoundingMode: [undefined, null, 'floor', 'round', 'ceil'],
  }).map(({ size, ...others }) => ({ xShape: [1, size, size + 1, 2], filterShape: [3, 2, 2, 1], ...others })),

  'channels and multipliers': combine({
    channels: [...Array.from({ length: 24 }, (_, i) => i + 1), 33, 256, 512],
    multiplier: [1, 2, 3, 4, 5],
  }).flatMap(({ channels, multiplier }) => [
    { xShape: [2, 4, 5, channels], filterShape: [3, 3, channels, multiplier], pad: 'same' },
    { xShape: [1, 4, 5, channels], filterShape: [2, 4, channels, multiplier], pad: 1, strides: [2, 1] },
    { xShape: [1, 3, 8, channels], filterShape: [1, 3, channels, multiplier], pad: 'valid', dilations: [1, 2] },
  ]),

  batches: combine({ batch: [0, 1, 2, 3, 4], channels: [3, 8], multiplier: [1, 2], pad: ['same', 'valid', 2] }).map(
    ({ batch, channels, multiplier, pad }) => ({
      xShape: [batch, 6, 5, channels],
      filterShape: [3, 4, channels, multiplier],
      strides: [1, 2],
      pad,
    }),
  ),

  'images smaller than the filter': combine({
    height: [1, 2, 3],
    width: [1, 2, 4],
    taps: [3, 5, 7],
    strides: STEPS,
    dilations: STEPS.slice(0, 3),
    pad: ['same', 18, sides(36, 0, 0, 36)],
  }).map(({ height, width, taps, ...others }) => ({
    xShape: [1, height, width, 4],
    filterShape: [taps, taps, 4, 1],
    ...others,
  })),

  'tall images': combine({
    height: [63, 64, 65, 150],
    width: [1, 3],
    channels: [2, 5],
    strides: STEPS.slice(0, 3),
  }).map(({ height, width, channels, strides }) => ({
    xShape: [2, height, width, channels],
    filterShape: [5, 2, channels, 1],
    pad: 'same',
    strides,
  })),

  'wide images': combine({ width: [64, 65, 131, 200], channels: [3, 4, 6, 64], strides: STEPS.slice(0, 4) }).map(
    ({ width, channels, strides }) => ({
      xShape: [1, 2, width, channels],
      filterShape: [2, 5, channels, 1],
      pad: 'same',
      strides,
    }),
  ),
};

/** The same convolution with x and y as [batch, channels, height, width]. */
export function inChannelsFirst({ xShape: [batch, height, width, channels], pad, ...others }) {
  return {
    ...others,
    xShape: [batch, channels, height, width],
    pad: Array.isArray(pad) ? [[0, 0], [0, 0], pad[1], pad[2]] : pad,
    dataFormat: 'NCHW',
  };
}

/** Pad for NHWC. */
export function sides(top, bottom, left, right) {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** All combinations of one value for each name. */
export function combine(choices) {
  return Object.entries(choices).reduce(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
