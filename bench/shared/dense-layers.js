// The dense convolutions that the benchmarks measure: the 1 × 1 and 3 × 3 layers of networks at 224 × 224, and first layers with 3 channels.

// Height = width, channels, output channels, filter size, stride. A layer that equals one above it, in its own network or another, is left out.
// All have batch 1 and padding 'same'.
const networks = {
  // Howard et al. 2017.
  'mobilenet-v1': [
    [224, 3, 32, 3, 2],
    [112, 32, 64, 1, 1],
    [56, 64, 128, 1, 1],
    [56, 128, 128, 1, 1],
    [28, 128, 256, 1, 1],
    [28, 256, 256, 1, 1],
    [14, 256, 512, 1, 1],
    [14, 512, 512, 1, 1],
    [7, 512, 1024, 1, 1],
    [7, 1024, 1024, 1, 1],
  ],
  // Sandler et al. 2018.
  'mobilenet-v2': [
    [112, 32, 16, 1, 1],
    [112, 16, 96, 1, 1],
    [56, 96, 24, 1, 1],
    [56, 24, 144, 1, 1],
    [56, 144, 24, 1, 1],
    [28, 144, 32, 1, 1],
    [28, 32, 192, 1, 1],
    [28, 192, 32, 1, 1],
    [14, 192, 64, 1, 1],
    [14, 64, 384, 1, 1],
    [14, 384, 64, 1, 1],
    [14, 384, 96, 1, 1],
    [14, 96, 576, 1, 1],
    [14, 576, 96, 1, 1],
    [7, 576, 160, 1, 1],
    [7, 160, 960, 1, 1],
    [7, 960, 160, 1, 1],
    [7, 960, 320, 1, 1],
    [7, 320, 1280, 1, 1],
  ],
  // He et al. 2016.
  'resnet-18': [
    [224, 3, 64, 7, 2],
    [56, 64, 64, 3, 1],
    [56, 64, 128, 3, 2],
    [56, 64, 128, 1, 2],
    [28, 128, 128, 3, 1],
    [28, 128, 256, 3, 2],
    [28, 128, 256, 1, 2],
    [14, 256, 256, 3, 1],
    [14, 256, 512, 3, 2],
    [14, 256, 512, 1, 2],
    [7, 512, 512, 3, 1],
  ],
  // Tan and Le 2019, B0. Its convolutions of one pixel (squeeze and excite) are left out.
  'efficientnet-b0': [
    [28, 144, 40, 1, 1],
    [28, 40, 240, 1, 1],
    [28, 240, 40, 1, 1],
    [14, 240, 80, 1, 1],
    [14, 80, 480, 1, 1],
    [14, 480, 80, 1, 1],
    [14, 480, 112, 1, 1],
    [14, 112, 672, 1, 1],
    [14, 672, 112, 1, 1],
    [7, 672, 192, 1, 1],
    [7, 192, 1152, 1, 1],
    [7, 1152, 192, 1, 1],
    [7, 1152, 320, 1, 1],
  ],
  // Simonyan and Zisserman 2015: its first layer.
  'vgg-16': [[224, 3, 64, 3, 1]],
};

/** The layers, like those of parseShape in layers.js with `outChannels`. The number in the name is the place in the list above. */
export const denseLayers = Object.entries(networks).flatMap(([network, rows]) =>
  rows.map(([size, channels, outChannels, filter, stride], index) => ({
    name: `${network}/dense-${index + 1}`,
    batch: 1,
    height: size,
    width: size,
    channels,
    outChannels,
    filterHeight: filter,
    filterWidth: filter,
    strides: [stride, stride],
    dilations: [1, 1],
    multiplier: 1,
    pad: 'same',
  })),
);
