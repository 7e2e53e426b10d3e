import { createRequire } from 'node:module';

import { modelBytes } from '../../../../bench/peers/onnx.js';
import { geometryOf, sizeOf } from '../oracle.js';

/**
 * Returns a function that computes passes with onnxruntime-web: ONNX's operator Conv and, for gradients, ConvGrad. ONNX supports NCHW only,
 * so the tensors of NHWC rows are transposed.
 */
export function ort() {
  const runtime = loadRuntime();
  runtime.env.wasm.numThreads = 1;
  return async (pass, problem) => {
    const { graph, feeds } = PASSES[pass](problem);
    const bytes = modelBytes({ ...graph, inputs: shapesOf(feeds), outputs: { result: null } });
    const session = await runtime.InferenceSession.create(bytes, { executionProviders: ['wasm'], logSeverityLevel: 4 });
    try {
      const tensors = Object.entries(feeds).map(([name, { data, shape }]) => [
        name,
        new runtime.Tensor('float32', data, shape),
      ]);
      const { result } = await session.run(Object.fromEntries(tensors));
      const given = { data: Float32Array.from(result.data), shape: [...result.dims] };
      return isChannelsFirst(problem) ? given : permuted(given, [0, 2, 3, 1]);
    } finally {
      await session.release();
    }
  };
}

/** Returns whether onnxruntime-web is installed in bench/peers. `npm run bench` installs it. */
export function isInstalled() {
  try {
    ofPeers().resolve('onnxruntime-web');
    return true;
  } catch {
    return false;
  }
}

const ofPeers = () => createRequire(new URL('../../../../bench/peers/package.json', import.meta.url));
const loadRuntime = () => ofPeers()('onnxruntime-web');

const PASSES = {
  forward: (problem) => ({
    graph: { nodes: [convolution(problem, ['x', 'w'], 'result')], constants: { w: filterOf(problem) } },
    feeds: { x: inNchw(problem, problem.x) },
  }),
  fused: (problem) => ({
    graph: {
      nodes: [convolution(problem, ['x', 'w', 'b'], 'sum'), ...ACTIVATIONS[problem.convolution.activation]],
      constants: {
        w: filterOf(problem),
        b: problem.bias,
        low: scalar(0),
        high: scalar(6),
        slope: scalar(0.2),
        slopes: { data: problem.slopes.data, shape: [sizeOf(problem.slopes.shape), 1, 1] },
      },
    },
    feeds: { x: inNchw(problem, problem.x) },
  }),
  inputGradient: (problem) => gradient(problem, ['result']),
  filterGradient: (problem) => gradient(problem, ['', 'result']),
};

const node = (op, inputs, others = {}) => [{ op, inputs, outputs: ['result'], ...others }];

const ACTIVATIONS = {
  linear: node('Identity', ['sum']),
  relu: node('Relu', ['sum']),
  relu6: node('Clip', ['sum', 'low', 'high']),
  elu: node('Elu', ['sum']),
  leakyrelu: node('PRelu', ['sum', 'slope']),
  prelu: node('PRelu', ['sum', 'slopes']),
  sigmoid: node('Sigmoid', ['sum']),
};

function gradient(problem, outputs) {
  const inputs = ['dy', 'x', 'w'];
  const [node] = [{ op: 'ConvGrad', domain: 'com.microsoft', inputs, outputs, attributes: attributesOf(problem) }];
  return {
    graph: { nodes: [node], constants: { w: filterOf(problem) } },
    feeds: { dy: inNchw(problem, problem.dy), x: inNchw(problem, problem.x) },
  };
}

function convolution(problem, inputs, output) {
  return { op: 'Conv', inputs, outputs: [output], attributes: attributesOf(problem) };
}

function attributesOf({ convolution: { dimRoundingMode = 'floor', ...convolution } }) {
  if (dimRoundingMode !== 'floor') throw new TypeError(`Conv has no attribute for ${dimRoundingMode}`);
  const { filterShape, strides = [1, 1], dilations = [1, 1], pad } = convolution;
  return {
    dilations,
    group: channelsOf(convolution),
    kernel_shape: filterShape.slice(0, 2),
    pads: typeof pad === 'number' ? Array(4).fill(pad) : padsOf(convolution),
    strides,
  };
}

function padsOf(convolution) {
  if (convolution.pad === 'valid') return [0, 0, 0, 0];
  const { height, width } = geometryOf(convolution);
  const after = (axis) =>
    Math.max(0, (axis.out - 1) * axis.stride + (axis.taps - 1) * axis.dilation + 1 - axis.in - axis.before);
  return [height.before, width.before, after(height), after(width)];
}

const isChannelsFirst = ({ convolution }) => convolution.dataFormat === 'NCHW';
const channelsOf = ({ filterShape }) => filterShape[2];

function inNchw(problem, tensor) {
  return isChannelsFirst(problem) ? tensor : permuted(tensor, [0, 3, 1, 2]);
}

/** Returns the filter as [outChannels, 1, height, width], the shape that Conv with groups takes. */
function filterOf({ filter }) {
  const [height, width, channels, multiplier] = filter.shape;
  const { data } = permuted(filter, [2, 3, 0, 1]);
  return { data, shape: [channels * multiplier, 1, height, width] };
}

function permuted({ data, shape }, order) {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const target = order.map((axis) => shape[axis]);
  const values = Float32Array.from({ length: data.length }, (_, i) => {
    let from = 0;
    for (let axis = 3, rest = i; axis >= 0; --axis) {
      from += (rest % target[axis]) * strides[order[axis]];
      rest = Math.floor(rest / target[axis]);
    }
    return data[from];
  });
  return { data: values, shape: target };
}

const scalar = (value) => ({ shape: [], data: Float32Array.of(value) });
const shapesOf = (tensors) => Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
