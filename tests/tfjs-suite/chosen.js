/** The suites of tfjs that run whole: the ops of this package's kernels, and the other ops of training. */
export const suites = [
  'depthwiseConv2D',
  'depthwiseConv2d gradients',
  'fused depthwiseConv2D',
  'separableConv2d',
  'conv1d',
  'conv2d',
  'fused conv2d',
  'conv2dTranspose',
  'batchNorm2D',
  'batchNorm3D',
  'batchNorm4D',
  'maxPool',
  'maxPoolBackprop',
  'maxPoolWithArgmax',
  'avgPool',
  'pool',
  'poolBackprop',
  'gather',
  'unsortedSegmentSum',
  'clipByValue',
  'mean',
  'sum',
  'moments',
  'relu6',
  'elu',
  'leakyrelu',
  'prelu',
  'sigmoid',
  'tanh',
  'sign',
  'norm',
  'where',
  'resizeBilinear',
  'resizeBilinear gradients',
  'resizeNearestNeighbor',
  'resizeNearestNeighbor gradients',
  'gradients',
  'valueAndGradients',
  'higher-order gradients',
  'customGradient',
  'optimizer',
  'SGDOptimizer',
  'MomentumOptimizer',
  'AdagradOptimizer',
  'AdadeltaOptimizer',
  'AdamOptimizer',
  'AdamaxOptimizer',
  'RMSPropOptimizer',
];

/** The specs of all other suites that run: the gradients of the other ops, which networks also use. */
const gradient = /grad|derivative|backprop/i;

const environment = / on-wasm \{[^}]*\}/;

/**
 * @param {string} fullName jasmine's name of a spec
 * @returns {{ suite: string, spec: string } | undefined} its suite and its name without the environment, if it runs on the backend
 */
export function placeOf(fullName) {
  const match = environment.exec(fullName);
  if (!match) return undefined;
  return { suite: fullName.slice(0, match.index), spec: fullName.replace(match[0], '') };
}

export function isChosen(fullName) {
  const place = placeOf(fullName);
  return place !== undefined && (suites.includes(place.suite) || gradient.test(place.spec));
}
