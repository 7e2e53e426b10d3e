/** tfjs's suites that run whole: what this package's kernels compute, and what training needs beside them. */
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
  'poolBackprop',
  'gather',
  'unsortedSegmentSum',
  'clipByValue',
  'mean',
  'sum',
  'moments',
  'relu6',
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

/** What else runs, of all suites: the gradients of the other ops, as a network goes through them too. */
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
