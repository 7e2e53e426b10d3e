/** Filters and strides of the pairs of a depthwise and a pointwise convolution in MobileNetV1 (A. Howard et al., 2017). */
export const V1_BLOCKS = [
  { filters: 64, strides: 1 },
  { filters: 128, strides: 2 },
  { filters: 128, strides: 1 },
  { filters: 256, strides: 2 },
  { filters: 256, strides: 1 },
  { filters: 512, strides: 2 },
  ...Array(5).fill({ filters: 512, strides: 1 }),
  { filters: 1024, strides: 2 },
  { filters: 1024, strides: 1 },
];
