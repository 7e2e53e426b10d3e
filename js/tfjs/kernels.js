import { fusedDepthwiseConv2d } from './fused-depthwise-conv2d.js';
import { middleAxisOf } from './middle-axis.js';

/**
 * The kernels that are registered, under their names in tfjs: what each calls of ours (`run`, js/tfjs/tfjs-kernels.js) or does itself
 * (`share`, or `compose` of several); and whether it leaves a call to the kernel that was there before, where one was (`leaves`). Those from MeanGrad on are not tfjs's: our gradients (gradients/) call them.
 */
export const kernels = {
  DepthwiseConv2dNative: { run: 'forward' },
  FusedDepthwiseConv2D: { compose: fusedDepthwiseConv2d },
  DepthwiseConv2dNativeBackpropInput: { run: 'inputGradient' },
  DepthwiseConv2dNativeBackpropFilter: { run: 'filterGradient' },
  Conv2DBackpropInput: { run: 'conv2DInputGradient', leaves: isNchw },
  Conv2DBackpropFilter: { run: 'conv2DFilterGradient', leaves: isNchw },
  MaxPoolGrad: { run: 'maxPoolGradient' },
  UnsortedSegmentSum: { run: 'unsortedSegmentSum', leaves: isAnotherType },
  FusedBatchNorm: { run: 'batchNorm', leaves: hasOtherStatistics },
  Mean: { run: 'mean', leaves: hasNoMiddleAxis },
  Sum: { run: 'sum', leaves: hasNoMiddleAxis },
  // tfjs's wasm backend copies here, and its tape asks for some thirty of them for each layer that is trained.
  Identity: { share },
  Cast: { share, leaves: isNoIdentity },
  MeanGrad: { run: 'meanGradient' },
  FusedBatchNormGrad: { run: 'batchNormGradient' },
  ClipByValueGrad: { run: 'clipGradient' },
};

function isNchw({ attrs }) {
  return attrs.dataFormat === 'NCHW';
}

/** tfjs's cpu computes with any type; its wasm kernels take the bits of others for those of floats, so there ours refuse them. */
function isAnotherType({ inputs: { x } }, backendName) {
  return backendName === 'cpu' && x.dtype !== 'float32';
}

/** Of statistics, tfjs also takes one for each element. */
function hasOtherStatistics({ inputs }, backendName) {
  const { x, ...statistics } = inputs;
  if (!arePerChannel(x, statistics)) return true;
  return backendName === 'cpu' && Object.values(inputs).some((info) => info && info.dtype !== 'float32');
}

export function arePerChannel(x, infos) {
  const isPerChannel = ({ shape }) => shape.length === 1 && shape[0] === x.shape.at(-1);
  return Object.values(infos).every((info) => !info || isPerChannel(info));
}

function hasNoMiddleAxis({ inputs: { x }, attrs }) {
  return x.dtype !== 'float32' || x.shape.length === 0 || middleAxisOf(x.shape, attrs) === undefined;
}

function isNoIdentity({ inputs: { x }, attrs: { dtype } }) {
  return x.dtype !== dtype;
}

/** The same data under another tensor, as tfjs's own Reshape has it. */
function share({ inputs: { x }, backend }) {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}
