// Block's number, height = width, channels, filter size, stride. The number counts the network's depthwise layers from its input.
// Every shape stands here once: a layer that equals one above it, in its own network or another, is left out. All are batch 1,
// multiplier 1, padding 'same'.
const networks = {
  // Howard et al. 2017, 224 × 224, α = 1. Its table gives the last layer stride 2, which its sizes contradict; implementations use 1.
  'mobilenet-v1': [
    [1, 112, 32, 3, 1],
    [2, 112, 64, 3, 2],
    [3, 56, 128, 3, 1],
    [4, 56, 128, 3, 2],
    [5, 28, 256, 3, 1],
    [6, 28, 256, 3, 2],
    [7, 14, 512, 3, 1],
    [12, 14, 512, 3, 2],
    [13, 7, 1024, 3, 1],
  ],
  // Sandler et al. 2018, 224 × 224. Its first layer is V1's first.
  'mobilenet-v2': [
    [2, 112, 96, 3, 2],
    [3, 56, 144, 3, 1],
    [4, 56, 144, 3, 2],
    [5, 28, 192, 3, 1],
    [7, 28, 192, 3, 2],
    [8, 14, 384, 3, 1],
    [12, 14, 576, 3, 1],
    [14, 14, 576, 3, 2],
    [15, 7, 960, 3, 1],
  ],
  // Tan and Le 2019, B0, 224 × 224: its layers with 5 × 5 filters.
  'efficientnet-b0': [
    [4, 56, 144, 5, 2],
    [5, 28, 240, 5, 1],
    [9, 14, 480, 5, 1],
    [10, 14, 672, 5, 1],
    [12, 14, 672, 5, 2],
    [13, 7, 1152, 5, 1],
  ],
  // Liu et al. 2022, Tiny, 224 × 224.
  'convnext-t': [
    [1, 56, 96, 7, 1],
    [4, 28, 192, 7, 1],
    [7, 14, 384, 7, 1],
    [16, 7, 768, 7, 1],
  ],
};

/** Every layer, each in the form that parseShape gives. */
export const layers = Object.entries(networks).flatMap(([network, rows]) =>
  rows.map(([number, size, channels, filter, stride]) => ({
    name: `${network}/${number}`,
    batch: 1,
    height: size,
    width: size,
    channels,
    filterHeight: filter,
    filterWidth: filter,
    strides: [stride, stride],
    dilations: [1, 1],
    multiplier: 1,
    pad: 'same',
  })),
);

// Large and small images, few and many channels, strides in the proportion of the networks, and no more than two minutes.
export const defaultNames = [
  ...['mobilenet-v1/1', 'mobilenet-v1/2', 'mobilenet-v1/7', 'mobilenet-v1/13'],
  ...['mobilenet-v2/3', 'mobilenet-v2/7', 'mobilenet-v2/12', 'mobilenet-v2/15'],
  ...['efficientnet-b0/5', 'efficientnet-b0/12'],
  ...['convnext-t/1', 'convnext-t/7'],
];

export function isMobileNet(layer) {
  return layer.name.startsWith('mobilenet-');
}

/** The layers of a list that any of the names or globs chooses, in the order of the list. */
export function selectLayers(patterns, list = layers) {
  const tests = patterns.map((pattern) => {
    const test = globTest(pattern);
    if (!list.some(({ name }) => test(name))) {
      throw new RangeError(`no layer is called '${pattern}'; --list shows those there are`);
    }
    return test;
  });
  return list.filter(({ name }) => tests.some((test) => test(name)));
}

function globTest(pattern) {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`);
  return (name) => expression.test(name);
}
