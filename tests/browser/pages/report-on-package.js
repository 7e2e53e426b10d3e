import { load } from '../../../js/index.js';
import { filterGradient, forward, geometryOf, inputGradient, sizeOf } from '../../js/support/oracle.js';

const convolutions = [
  { xShape: [2, 9, 8, 5], filterShape: [3, 3, 5, 1], strides: [1, 1], pad: 'same', dilations: [1, 1] },
  { xShape: [1, 11, 10, 4], filterShape: [5, 5, 4, 2], strides: [2, 2], pad: 'valid', dilations: [1, 1] },
  { xShape: [1, 12, 9, 8], filterShape: [3, 3, 8, 1], strides: [1, 1], pad: 'same', dilations: [2, 2] },
];

/** The variant that the page's address asks for, if any. */
const variant = new URLSearchParams(location.search).get('variant') ?? undefined;

/** Whether the package computes what the definition's loops do here, and trains a layer. */
export async function reportOnPackage() {
  const dw = await load({ variant });
  const passes = convolutions.flatMap((convolution) => dw.tidy(() => passesOf(dw, convolution)));
  const losses = dw.tidy(() => trainLayer(dw, 3));
  return { variant: dw.variant, passes, losses, tensorsLeft: dw.memory().numTensors };
}

/** Each pass, with the first element that is wrong, or ''. */
function passesOf(dw, convolution) {
  const { xShape, filterShape, strides, pad, dilations } = convolution;
  const attrs = { strides, pad, dilations };
  const x = wholeNumbers(xShape, 7);
  const filter = wholeNumbers(filterShape, 5);
  const dy = wholeNumbers(geometryOf(convolution).yShape, 4);
  const y = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
  const dx = dw.depthwiseConv2dNativeBackpropInput({
    inputs: { dy, filter },
    attrs: { ...attrs, inputShape: xShape },
  });
  const dfilter = dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: { ...attrs, filterShape } });
  return [
    { pass: 'forward', wrong: firstWrong(y, forward(convolution, x.data, filter.data)) },
    { pass: 'input gradient', wrong: firstWrong(dx, inputGradient(convolution, dy.data, filter.data)) },
    { pass: 'filter gradient', wrong: firstWrong(dfilter, filterGradient(convolution, x.data, dy.data)) },
  ];
}

/** Small ones: their sums are exact in float32, in any order, so results must be exact too. */
function wholeNumbers(shape, step) {
  return { data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * step) % 9) - 4), shape };
}

function firstWrong(result, expected) {
  if (String(result.shape) !== String(expected.shape)) return `the shape is ${result.shape}, not ${expected.shape}`;
  const { data } = result;
  const i = expected.values.findIndex((value, i) => data[i] !== value);
  return i < 0 ? '' : `element ${i} is ${data[i]}, not ${expected.values[i]}`;
}

/** The losses of a layer that learns to give ones. */
function trainLayer(dw, steps) {
  const layer = new dw.DepthwiseConv2D({
    kernelSize: 3,
    padding: 'same',
    activation: 'relu6',
    depthwiseInitializer: { className: 'constant', config: { value: 0.1 } }, // at random, all could be below 0 and learn nothing
  });
  const x = { data: new Float32Array(2 * 6 * 6 * 4).fill(0.5), shape: [2, 6, 6, 4] };
  const losses = [];
  for (let step = 0; step < steps; ++step) {
    const y = layer.call(x, { training: true });
    const dy = { data: y.data.map((value) => value - 1), shape: y.shape };
    losses.push(dy.data.reduce((sum, value) => sum + (value * value) / 2, 0));
    const { gradients } = layer.backward(dy);
    for (const { name, data } of layer.weights) {
      gradients[name].data.forEach((gradient, i) => (data[i] -= 0.001 * gradient));
    }
  }
  layer.dispose();
  return losses;
}
