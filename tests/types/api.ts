// The types of the whole API. This file must compile, and no line after a @ts-expect-error may compile without it.
import { load, Tensor } from 'depthwise-wasm';
import type {
  Activation,
  ConvolutionAttrs,
  DataFormat,
  Depthwise,
  DepthwiseConv2D,
  DepthwiseConv2DClass,
  DepthwiseConv2DConfig,
  DimRoundingMode,
  Gradients,
  LayerWeight,
  LoadOptions,
  MemoryInfo,
  Pad,
  PartialShape,
  Shape,
  Steps,
  TensorLike,
  Variant,
} from 'depthwise-wasm';

const dw: Depthwise = await load();

// load
const options: LoadOptions[] = [
  {},
  { variant: 'simd' },
  { variant: 'relaxed-simd', wasmBinary: new Uint8Array(8) },
  { wasmUrl: 'https://example.com/depthwise.wasm' },
  { wasmUrl: new URL('depthwise.wasm', import.meta.url) },
  { wasmBinary: new ArrayBuffer(8) },
  { wasmBinary: new Uint8Array(8) },
  { wasmModule: new WebAssembly.Module(new Uint8Array(8)) },
];
for (const each of options) await load(each);
const variant: Variant = dw.variant;
// @ts-expect-error there is no such variant
await load({ variant: 'avx' });
// @ts-expect-error bytes, not a list of numbers
await load({ wasmBinary: [0, 97, 115, 109] });
// @ts-expect-error read-only
dw.variant = 'simd';

// Tensors
const shape: Shape = [1, 8, 8, 4];
const x: Tensor = dw.tensor(new Float32Array(256), shape);
const filter = dw.tensor(new Float32Array(36), [3, 3, 4, 1] as const);
const plain: TensorLike = { data: new Float32Array(256), shape: [1, 8, 8, 4] };
const sizes: number = x.size + x.shape.length;
const values: Float32Array = x.data;
const copied: Float32Array = x.dataSync();
const gone: boolean = x.isDisposed;
// @ts-expect-error only float32
dw.tensor(new Float64Array(256), shape);
// @ts-expect-error only typed arrays
dw.tensor([1, 2, 3], [3]);
// @ts-expect-error a shape is required
dw.tensor(new Float32Array(256));
// @ts-expect-error a shape is numbers
dw.tensor(new Float32Array(256), ['256']);
// @ts-expect-error read-only
x.shape[0] = 2;
// @ts-expect-error read-only
x.shape = [256];
// @ts-expect-error only dw.tensor creates tensors
new Tensor();
// @ts-expect-error no such input
const notPlain: TensorLike = { data: new Float64Array(1), shape: [1] };

// Memory
const memory: MemoryInfo = dw.memory();
const bytes: number = memory.numBytes + memory.heapBytes + memory.numTensors;
const one: Tensor = dw.tidy(() => dw.keep(dw.depthwiseConv2d(x, filter)));
const both: { y: Tensor; list: Tensor[] } = dw.tidy(() => ({ y: x, list: [x, filter] }));
const nothing: void = dw.tidy(() => {});
{
  using y = dw.depthwiseConv2d(x, filter);
  const inside: number = y.size;
}
x.dispose();
x[Symbol.dispose]();
// @ts-expect-error a function
dw.tidy(x);
// @ts-expect-error a tensor
dw.keep(plain);

// The op
const steps: Steps[] = [1, [1, 2]];
const pads: Pad[] = ['same', 'valid', 0, [[0, 0], [1, 1], [2, 2], [0, 0]]]; // prettier-ignore
const formats: DataFormat[] = ['NHWC', 'NCHW', 'channelsLast', 'channelsFirst'];
let y: Tensor = dw.depthwiseConv2d(plain, filter);
y = dw.depthwiseConv2d(x, filter, 2, 'same');
y = dw.depthwiseConv2d(x, filter, steps[1], pads[3], formats[0], [2, 2] as const);
y = dw.depthwiseConv2d(x, filter, undefined, undefined, undefined, 2);
// @ts-expect-error two steps at most
dw.depthwiseConv2d(x, filter, [1, 1, 1]);
// @ts-expect-error in lower case
dw.depthwiseConv2d(x, filter, 1, 'SAME');
// @ts-expect-error no such layout
dw.depthwiseConv2d(x, filter, 1, 'same', 'NWHC');
// @ts-expect-error pairs
dw.depthwiseConv2d(x, filter, 1, [1, 1]);
// @ts-expect-error a filter is required
dw.depthwiseConv2d(x);

// The kernels
const modes: (DimRoundingMode | null)[] = ['floor', 'round', 'ceil', null];
const activations: Activation[] = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'];
const attrs: ConvolutionAttrs = {
  pad: 0,
  strides: 1,
  dilations: [1, 1],
  dataFormat: 'NHWC',
  dimRoundingMode: modes[0],
};
y = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
y = dw.depthwiseConv2dNative({ inputs: { x: plain, filter }, attrs: { pad: 'valid' } });
y = dw.fusedDepthwiseConv2D({
  inputs: { x, filter, bias: plain, preluActivationWeights: null },
  attrs: { ...attrs, activation: activations[0], leakyreluAlpha: 0.1 },
});
y = dw.fusedDepthwiseConv2D({ inputs: { x, filter }, attrs });
const dx: Tensor = dw.depthwiseConv2dNativeBackpropInput({
  inputs: { dy: y, filter },
  attrs: { ...attrs, inputShape: x.shape },
});
const dfilter: Tensor = dw.depthwiseConv2dNativeBackpropFilter({
  inputs: { x, dy: y },
  attrs: { ...attrs, filterShape: filter.shape },
});
y = dw.conv2d(plain, filter);
y = dw.conv2d(x, filter, steps[1], pads[3], formats[0], [2, 2] as const);
y = dw.fusedConv2D({
  inputs: { x, filter, bias: plain, preluActivationWeights: null },
  attrs: { ...attrs, activation: activations[0], leakyreluAlpha: 0.1 },
});
y = dw.conv2DBackpropInput({ inputs: { dy: y, filter }, attrs: { ...attrs, inputShape: x.shape } });
y = dw.conv2DBackpropFilter({ inputs: { x, dy: y }, attrs: { ...attrs, filterShape: filter.shape } });
// @ts-expect-error a filter is required
dw.conv2d(x);
// @ts-expect-error in lower case
dw.conv2d(x, filter, 1, 'SAME');
// @ts-expect-error pad is needed
dw.fusedConv2D({ inputs: { x, filter }, attrs: {} });
// @ts-expect-error no such activation
dw.fusedConv2D({ inputs: { x, filter }, attrs: { pad: 0, activation: 'tanh' } });
// @ts-expect-error inputShape is needed
dw.conv2DBackpropInput({ inputs: { dy: y, filter }, attrs });
// @ts-expect-error filterShape is needed
dw.conv2DBackpropFilter({ inputs: { x, dy: y }, attrs });
// @ts-expect-error pad is needed
dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: {} });
// @ts-expect-error attrs are needed
dw.depthwiseConv2dNative({ inputs: { x, filter } });
// @ts-expect-error a filter is required
dw.depthwiseConv2dNative({ inputs: { x }, attrs });
// @ts-expect-error a plain kernel has no activation
dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { pad: 0, activation: 'relu' } });
// @ts-expect-error no such activation
dw.fusedDepthwiseConv2D({ inputs: { x, filter }, attrs: { pad: 0, activation: 'tanh' } });
// @ts-expect-error no such mode
dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { pad: 0, dimRoundingMode: 'up' } });
// @ts-expect-error inputShape is needed
dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy: y, filter }, attrs });
// @ts-expect-error filterShape is needed
dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy: y }, attrs });

// The layer
const fullConfig: DepthwiseConv2DConfig = {
  kernelSize: [3, 5],
  depthMultiplier: 2,
  strides: 1,
  padding: 'same',
  dataFormat: 'channels_first',
  dilationRate: [1, 2],
  activation: 'relu',
  useBias: true,
  depthwiseInitializer: { className: 'VarianceScaling', config: { scale: 2, mode: 'fanIn', seed: 1 } },
  biasInitializer: 'zeros',
  depthwiseRegularizer: { class_name: 'L2', config: { l2: 0.1 } },
  biasRegularizer: { getClassName: () => 'L1L2', getConfig: () => ({ l1: 0.1, l2: 0 }) },
  activityRegularizer: null,
  depthwiseConstraint: 'max_norm',
  biasConstraint: { className: 'NonNeg' },
  inputShape: [null, 8, 4],
  batchInputShape: [null, null, 8, 4],
  batchSize: 8,
  dtype: 'float32',
  name: 'conv',
  trainable: false,
  weights: [x, plain],
};
const LayerClass: DepthwiseConv2DClass = dw.DepthwiseConv2D;
const layer: DepthwiseConv2D = new LayerClass(fullConfig);
const again = dw.DepthwiseConv2D.fromConfig(layer.getConfig());
dw.DepthwiseConv2D.fromConfig(layer.toJSON());
dw.DepthwiseConv2D.fromConfig(layer);
layer.build([null, 8, 8, 4]);
layer.build();
layer.trainable = !layer.built;
y = layer.call(plain);
y = layer.call(x, { training: true });
const all: Gradients = layer.backward(y);
const kernelGradient: Tensor | undefined = all.gradients.depthwise_kernel;
const weight: LayerWeight = layer.weights[0];
weight.data.set(all.dx.data);
y = dw.depthwiseConv2d(x, weight);
layer.setWeights([...layer.getWeights(), weight]);
const partial: PartialShape = layer.computeOutputShape([null, 8, 8, 4]);
const numbers: number[] = [...layer.losses(), layer.countParams()];
const className: 'DepthwiseConv2D' = layer.getClassName();
layer.applyConstraints();
layer.dispose();
{
  using inBlock = new dw.DepthwiseConv2D({ kernelSize: 3 });
  const live: boolean = !inBlock.isDisposed;
}
// @ts-expect-error kernelSize is needed
new dw.DepthwiseConv2D({});
// @ts-expect-error no such argument
new dw.DepthwiseConv2D({ kernelSize: 3, kernelInitializer: 'zeros' });
// @ts-expect-error no such padding
new dw.DepthwiseConv2D({ kernelSize: 3, padding: 'causal' });
// @ts-expect-error a flag
layer.call(x, { training: 1 });
// @ts-expect-error it has the name that it was made with
layer.name = 'other';
// @ts-expect-error the weights change, not the list
layer.weights.push(weight);
// @ts-expect-error dy is needed
layer.backward();

export { all, again, className, kernelGradient, numbers, partial };
export { both, bytes, copied, dfilter, dx, gone, nothing, notPlain, one, sizes, values, variant };
