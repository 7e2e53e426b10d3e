import { fusedDepthwiseConv2d } from './fused-depthwise-conv2d.js';
import { middleAxisOf } from './middle-axis.js';

/**
 * The kernels that are registered, under their names in tfjs: what each calls of ours (`run`, js/tfjs/tfjs-kernels.js) or does itself
 * (`share`, or `compose` of several), and what it does not take (`leaves`), which goes to the kernel that was there before. Those from MeanGrad on are
 * not tfjs's: our gradients (gradients/) call them.
 */
export const kernels = {
  DepthwiseConv2dNative: { run: 'forward' },
  FusedDepthwiseConv2D: { compose: fusedDepthwiseConv2d },
  DepthwiseConv2dNativeBackpropInput: { run: 'inputGradient' },
  DepthwiseConv2dNativeBackpropFilter: { run: 'filterGradient' },
  Conv2DBackpropInput: { run: 'conv2DInputGradient', leaves: isNchw },
  Conv2DBackpropFilter: { run: 'conv2DFilterGradient', leaves: isNchw },
  MaxPoolGrad: { run: 'maxPoolGradient' },
  UnsortedSegmentSum: { run: 'unsortedSegmentSum' },
  FusedBatchNorm: { run: 'batchNorm', leaves: ({ inputs: { x, ...others } }) => !arePerChannel(x, others) },
  Mean: { run: 'mean', leaves: isNoMiddleAxis },
  Sum: { run: 'sum', leaves: isNoMiddleAxis },
  // tfjs's wasm backend copies here, and its tape asks for some thirty of them for each layer that is trained.
  Identity: { share },
  Cast: { share, leaves: ({ inputs, attrs }) => inputs.x.dtype !== attrs.dtype },
  MeanGrad: { run: 'meanGradient' },
  FusedBatchNormGrad: { run: 'batchNormGradient' },
  ClipByValueGrad: { run: 'clipGradient' },
};

function isNchw({ attrs }) {
  return attrs.dataFormat === 'NCHW';
}

/** Of statistics, tfjs also takes one for each element. */
export function arePerChannel(x, infos) {
  const isPerChannel = ({ shape }) => shape.length === 1 && shape[0] === x.shape.at(-1);
  return Object.values(infos).every((info) => !info || isPerChannel(info));
}

function isNoMiddleAxis({ inputs: { x }, attrs }) {
  return x.dtype !== 'float32' || x.shape.length === 0 || middleAxisOf(x.shape, attrs) === undefined;
}

/** The same data under another tensor, as tfjs's own Reshape has it. */
function share({ inputs: { x }, backend }) {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}
