// Inputs that are not what they should be, to tfjs's ops and straight to the kernels: an error in tfjs's words or in ours, never wrong
// numbers, nothing left behind, and the next call is right.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { sizeOf } from './support/oracle.js';
import { tf, useBackend } from './support/tfjs.js';
import { onEachBackend } from './support/tfjs-backends.js';
import { kernelCalls, runKernelCall, tensorsOf } from './support/tfjs-kernel-calls.js';
import { leavingNothing } from './support/tfjs-memory.js';

await useBackend('cpu');
/** What tfjs's cpu backend says by itself to what is no error. */
const theirs = Object.fromEntries(Object.entries(takenAsTheyAre()).map(([name, body]) => [name, valuesOf(body)]));

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

const run = (kernel, inputs, attrs) => tf.engine().runKernel(kernel, inputs, attrs);

function valuesOf(body) {
  return tf.tidy(() => {
    const result = body();
    return { values: [...result.dataSync()], shape: result.shape, dtype: result.dtype };
  });
}

/** That `body`, which gets tensors ready-made, throws an error with this text, and leaves nothing. */
function assertRefuses(inputs, body, text, what = '') {
  const thrown = leavingNothing(() => {
    try {
      const result = tf.tidy(() => body(inputs));
      tf.dispose(result);
      return undefined;
    } catch (error) {
      return error;
    }
  });
  assert.ok(thrown, `${what} is not refused`);
  assert.match(thrown.message, text, what);
}

/** Of each kernel a call with all its inputs. */
const inputCount = ({ inputs }) => Object.values(inputs).filter(Boolean).length;
const fullCalls = [...new Set(kernelCalls.map(({ kernel }) => kernel))].map((kernel) =>
  kernelCalls
    .filter((call) => call.kernel === kernel)
    .reduce((fullest, call) => (inputCount(call) > inputCount(fullest) ? call : fullest)),
);

/** They share data of any type, or leave other types to tfjs. */
const TAKE_ALL = ['Identity', 'Cast', 'Mean', 'Sum'];

onEachBackend((backend, expected) => {
  const assertStillRight = () => assert.deepEqual(kernelCalls.map(runKernelCall), expected());

  /** A tensor with data of another type; where tfjs has no kernel for it, as the engine makes one. */
  const others = {
    float32: (shape) => tf.ones(shape, 'float32'),
    int32: (shape) => tf.ones(shape, 'int32'),
    bool: (shape) => tf.ones(shape, 'bool'),
    complex64: (shape) =>
      backend === 'cpu'
        ? tf.complex(tf.ones(shape), tf.ones(shape))
        : tf.engine().makeTensor(new Float32Array(2 * sizeOf(shape)), shape, 'complex64'),
    string: (shape) => tf.tensor(Array(sizeOf(shape)).fill('one'), shape, 'string'),
  };

  for (const call of fullCalls.filter(({ kernel }) => !TAKE_ALL.includes(kernel))) {
    test(`${call.kernel} refuses each input of another type`, () => {
      for (const [name, { shape, dtype: right }] of Object.entries(call.inputs).filter(([, input]) => input)) {
        if (name === 'output') continue; // no kernel looks at it
        if (isTaken(backend, call.kernel, name)) continue;
        for (const dtype of Object.keys(others).filter((other) => other !== right)) {
          const wrong = tf.tidy(() => others[dtype](shape));
          const inputs = { ...tensorsOf(call.inputs), [name]: wrong };
          const text = `Argument '${name}' passed to '${call.kernel}' must be ${right} tensor, but got ${dtype} tensor`;
          assertRefuses(inputs, () => run(call.kernel, inputs, call.attrs), new RegExp(`^${text}$`), dtype);
          tf.dispose(inputs);
        }
      }
      assertStillRight();
    });
  }

  for (const call of fullCalls.filter(({ kernel }) => /Conv2|MaxPool/.test(kernel))) {
    test(`${call.kernel} refuses each input of another rank or size`, () => {
      for (const [name, { shape }] of Object.entries(call.inputs).filter(([, input]) => input)) {
        if (['output', 'bias', 'preluActivationWeights'].includes(name)) continue; // of the last two, more on them below
        for (const wrongShape of [shape.slice(1), [...shape, 1], [], shape.map((size) => size + 1)]) {
          const inputs = { ...tensorsOf(call.inputs), [name]: tf.ones(wrongShape) };
          assertRefuses(
            inputs,
            () => run(call.kernel, inputs, call.attrs),
            new RegExp(`^Error in ${call.kernel}: `),
            name,
          );
          tf.dispose(inputs);
        }
      }
      assertStillRight();
    });
  }

  const SHAPES = {
    UnsortedSegmentSum: [
      ['more segments than items', { segmentIds: [21] }],
      ['fewer segments than items', { segmentIds: [19] }],
      ['segments of more dimensions than x', { segmentIds: [20, 3, 5, 1] }],
      ['segments of other dimensions than x', { segmentIds: [20, 2] }],
    ],
    FusedBatchNormGrad: [
      ['a mean of fewer values than x has channels', { mean: [6] }],
      ['a variance of fewer values', { variance: [1] }],
      ['a scale of more values', { scale: [8] }],
      ['a dy of another shape', { dy: [2, 6, 5, 8] }],
      ['a mean of more dimensions', { mean: [1, 7] }],
    ],
    MeanGrad: [
      ['a dy of fewer values', { dy: [3, 6] }],
      ['a dy of more values', { dy: [3, 8] }],
    ],
    ClipByValueGrad: [
      ['a dy of fewer values', { dy: [3, 6] }],
      ['a dy of another rank', { dy: [22] }],
    ],
  };
  for (const [kernel, mistakes] of Object.entries(SHAPES)) {
    test(`${kernel} refuses shapes that do not go together`, () => {
      const call = fullCalls.find((each) => each.kernel === kernel);
      for (const [what, shapes] of mistakes) {
        const inputs = tensorsOf(call.inputs);
        for (const [name, shape] of Object.entries(shapes)) inputs[name] = tf.zeros(shape, call.inputs[name].dtype);
        assertRefuses(
          inputs,
          () => run(kernel, inputs, call.attrs),
          new RegExp(`^Error in ${kernel}: \\w+ must have `),
          what,
        );
        tf.dispose(inputs);
      }
      assertStillRight();
    });
  }

  const ATTRS = [
    ['strides of 0', { strides: 0 }, /strides must be a whole number/],
    ['strides that are fractions', { strides: [1.5, 1] }, /strides must be a whole number/],
    ['three strides', { strides: [1, 1, 1] }, /strides must be a whole number/],
    ['strides that are text', { strides: 'two' }, /strides must be a number or two numbers/],
    ['dilations of 0', { dilations: [0, 0] }, /dilations must be a whole number/],
    ['a negative pad', { pad: -1 }, /pad must be a whole number/],
    ['an unknown pad', { pad: 'SAME' }, /pad must be 'same', 'valid'/],
    ['no pad', { pad: undefined }, /pad must be 'same', 'valid'/],
    [
      'a pad of two pairs',
      {
        pad: [
          [0, 0],
          [0, 0],
        ],
      },
      /pad must be/,
    ],
    ['an unknown layout', { dataFormat: 'CHWN' }, /dataFormat must be 'NHWC'.*, got 'CHWN'/],
    ['an unknown rounding', { pad: 1, dimRoundingMode: 'up' }, /dimRoundingMode must be 'floor', 'round' or 'ceil'/],
    ['a rounding beside a pad that is a name', { dimRoundingMode: 'ceil' }, /dimRoundingMode goes with a numeric pad/],
  ];
  for (const call of fullCalls.filter(({ kernel }) => /Conv2D|Conv2d/.test(kernel))) {
    test(`${call.kernel} refuses attributes that cannot be`, () => {
      for (const [what, attrs, text] of ATTRS) {
        const inputs = tensorsOf(call.inputs);
        const pattern = new RegExp(`^Error in ${call.kernel}: ${text.source}`);
        assertRefuses(inputs, () => run(call.kernel, inputs, { ...call.attrs, ...attrs }), pattern, what);
        tf.dispose(inputs);
      }
      assertStillRight();
    });
  }

  describe('tf.', () => {
    const REFUSED = {
      'depthwiseConv2d of int32': [
        () => dw({ x: ones([1, 5, 5, 2], 'int32') }),
        /'x' .* must be float32 tensor, but got int32 tensor/,
      ],
      'depthwiseConv2d of bool': [
        () => dw({ x: ones([1, 5, 5, 2], 'bool') }),
        /'x' .* must be float32 tensor, but got bool tensor/,
      ],
      'depthwiseConv2d with an int32 filter': [
        () => dw({ filter: ones([3, 3, 2, 1], 'int32') }),
        /'filter' .* but got int32 tensor/,
      ],
      'depthwiseConv2d of a matrix': [() => dw({ x: ones([5, 5]) }), /input must be rank 4, but got rank 2/],
      'depthwiseConv2d of five dimensions': [
        () => dw({ x: ones([1, 1, 5, 5, 2]) }),
        /input must be rank 4, but got rank 5/,
      ],
      'depthwiseConv2d with a filter of three dimensions': [
        () => dw({ filter: ones([3, 3, 2]) }),
        /filter must be rank 4, but got rank 3/,
      ],
      'depthwiseConv2d with other channels': [
        () => dw({ filter: ones([3, 3, 3, 1]) }),
        /number of input channels \(2\) must match/,
      ],
      'depthwiseConv2d of nothing': [
        () => dw({ x: null }),
        /Argument 'x' passed to 'depthwiseConv2d' must be a Tensor/,
      ],
      'depthwiseConv2d with a stride of 0': [
        () => dw({ strides: 0 }),
        /^Error in DepthwiseConv2dNative: strides must be/,
      ],
      'depthwiseConv2d with a filter larger than x': [
        () => dw({ x: ones([1, 2, 2, 2]) }),
        /^Error in DepthwiseConv2dNative: filter must not be larger/,
      ],
      'depthwiseConv2d with an unknown layout': [
        () => dw({ x: ones([1, 2, 5, 5]), dataFormat: 'CHWN' }),
        /^Error in DepthwiseConv2dNative: dataFormat must be/,
      ],
      'depthwiseConv2d with a dilation of 0': [
        () => dw({ dilations: 0 }),
        /^Error in DepthwiseConv2dNative: dilations must be/,
      ],
      'depthwiseConv2d with a rounding beside same': [
        () => dw({ rounding: 'ceil' }),
        /pad must be an integer when using dimRoundingMode/,
      ],
      'fused.depthwiseConv2d with an unknown activation': [() => fused({ activation: 'swish' }), /activation/i],
      'fused.depthwiseConv2d with a bias that does not fit': [
        () => fused({ bias: ones([7]) }),
        /could not be broadcast/,
      ],
      'batchNorm of int32 statistics': [
        () => tf.batchNorm(ones([1, 2, 2, 2]), ones([2], 'int32'), ones([2], 'int32')),
        /'mean' .* must be float32 tensor/,
      ],
      'mean over an axis that is not there': [() => tf.mean(ones([2, 3, 4, 5]), 4), /must be in range \[-4, 4\)/],
      'unsortedSegmentSum with segments that do not fit': [
        () => tf.unsortedSegmentSum(ones([4, 2]), tf.tensor1d([0, 1], 'int32'), 2),
        /segmentIds must have shape \[4\], got \[2\]/,
      ],
      'unsortedSegmentSum into a negative number of segments': [
        () => tf.unsortedSegmentSum(ones([2]), tf.tensor1d([0, 1], 'int32'), -1),
        /numSegments must be a whole number/,
      ],
      'unsortedSegmentSum into half a segment': [
        () => tf.unsortedSegmentSum(ones([2]), tf.tensor1d([0, 1], 'int32'), 1.5),
        /numSegments must be of dtype int/,
      ],
    };
    for (const [what, [body, text]] of Object.entries(REFUSED)) {
      if (what === 'batchNorm of int32 statistics' && backend === 'cpu') continue; // tfjs's cpu computes it
      test(`${what} is refused`, () => {
        assertRefuses({}, body, text, what);
        assertStillRight();
      });
    }

    for (const [what, axis] of [
      ['an axis before the first', -5],
      ['half an axis', 0.5],
      ['an axis after the last, beside the last', [3, 4]],
    ]) {
      for (const op of ['mean', 'sum']) {
        if (op === 'sum' && backend === 'cpu') continue; // refused by tfjs's kernel, which leaves a tensor behind
        test(`${op} over ${what} is refused`, () => {
          assertRefuses(
            {},
            () => tf[op](ones([2, 3, 4, 70]), axis),
            /All values in axis param must be (in range|integers)/,
            what,
          );
        });
      }
    }

    test('mean over an axis twice is the mean over it', () => {
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, 24), [2, 3, 4]);
        assert.deepEqual(tf.mean(x, [1, 1]).arraySync(), tf.mean(x, 1).arraySync());
      });
    });

    test('fused.depthwiseConv2d with an unknown activation is refused beside a bias of any shape', () => {
      assertRefuses({}, () => fused({ bias: ones([1, 3, 1, 1]), activation: 'swish' }), /activation/i);
    });
    test('fused.depthwiseConv2d with prelu and without slopes is refused beside a bias of any shape', () => {
      assertRefuses({}, () => fused({ bias: ones([1, 3, 1, 1]), activation: 'prelu' }), /preluActivationWeights/);
    });
    test('fused.depthwiseConv2d with slopes that do not fit is refused', () => {
      assertRefuses(
        {},
        () => fused({ activation: 'prelu', preluActivationWeights: ones([7]) }),
        /preluActivationWeights|broadcast/,
      );
    });
    test('FusedDepthwiseConv2D with a bias that does not fit is refused, and with one that would make y larger', () => {
      for (const biasShape of [[7], [2, 3, 3, 2], [1, 1, 3, 3, 2]]) {
        const inputs = { x: ones([1, 5, 5, 2]), filter: ones([3, 3, 2, 1]), bias: ones(biasShape) };
        const attrs = { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1, activation: 'linear' };
        const text = /^Error in FusedDepthwiseConv2D: bias must broadcast to the output \[1,3,3,2\], got /;
        assertRefuses(inputs, () => run('FusedDepthwiseConv2D', inputs, attrs), text);
        tf.dispose(inputs);
      }
    });
  });

  describe('as tfjs has it is', () => {
    for (const [what, body] of Object.entries(takenAsTheyAre())) {
      // tfjs's wasm backend has no kernel of its own to leave these to.
      if (backend === 'wasm' && /Sum of int32|Norm of int32|the filter, of NCHW/.test(what)) continue;
      test(what, () => assert.deepEqual(valuesOf(body), theirs[what]));
    }
  });

  if (backend === 'wasm') {
    test('the gradient of a dense convolution with respect to the filter, of NCHW, is refused', () => {
      const inputs = { x: ones([1, 2, 3, 4]), dy: ones([1, 5, 3, 4]) };
      const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 2, 5] };
      const text = /^Error in Conv2DBackpropFilter: dataFormat must be 'NHWC', got 'NCHW'$/;
      assertRefuses(inputs, () => run('Conv2DBackpropFilter', inputs, attrs), text);
      tf.dispose(inputs);
      assertStillRight();
    });
  }

  test('a max pooling that rounds up is refused in its gradient, where tfjs takes it for one that rounds down', () => {
    const x = tf.ones([1, 8, 8, 1]);
    // Not by assertRefuses: tfjs leaves what it has saved for a gradient that ends with an error.
    assert.throws(
      () => tf.grad((input) => tf.sum(tf.maxPool(input, 3, 2, 0, 'ceil')))(x),
      /^RangeError: Error in MaxPoolGrad: dy must have shape \[1,3,3,1\], got \[1,4,4,1\]$/,
    );
    x.dispose();
    assertStillRight();
  });
});

function ones(shape, dtype = 'float32') {
  return tf.ones(shape, dtype);
}

function dw({
  x = ones([1, 5, 5, 2]),
  filter = ones([3, 3, 2, 1]),
  strides = 1,
  pad = 'valid',
  dataFormat,
  dilations,
  rounding,
}) {
  return tf.depthwiseConv2d(x, filter, strides, rounding ? 'same' : pad, dataFormat, dilations, rounding);
}

function fused(others) {
  return tf.fused.depthwiseConv2d({
    x: ones([1, 5, 5, 2]),
    filter: ones([3, 3, 2, 1]),
    strides: 1,
    pad: 'valid',
    ...others,
  });
}

/** What is unusual and right: bodies whose results are tfjs's, by what they are. */
function takenAsTheyAre() {
  const ids = (...values) => tf.tensor1d(values, 'int32');
  const negative = () => tf.neg(tf.reshape(tf.range(1, 9), [1, 2, 2, 2]));
  const prelu = (slopes) =>
    tf.fused.depthwiseConv2d({
      x: negative(),
      filter: ones([1, 1, 2, 1]),
      strides: 1,
      pad: 'same',
      activation: 'prelu',
      preluActivationWeights: slopes,
    });
  return {
    'mean of int32': () => tf.mean(tf.tensor([1, 2, 3, 5, 8, 8], [3, 2], 'int32'), 0),
    'mean of bool': () => tf.mean(tf.tensor([1, 0, 1, 1], [2, 2], 'bool'), 0),
    'mean of a number': () => tf.mean(tf.scalar(3)),
    'sum of int32': () => tf.sum(tf.tensor([1, 2, 3, 2 ** 24 + 1, 7, 8], [3, 2], 'int32'), 0),
    'sum of bool': () => tf.sum(tf.tensor([1, 0, 1, 1], [2, 2], 'bool'), 0),
    'sum over no axis': () => tf.sum(tf.tensor([1, 2, 3, 4], [2, 2]), []),
    'sum of nothing': () => tf.sum(tf.zeros([0, 3]), 0),
    'a copy of int32': () => tf.clone(tf.tensor1d([1, 2 ** 24 + 1], 'int32')),
    'a copy of bool': () => tf.clone(tf.tensor1d([1, 0], 'bool')),
    'a copy of text': () => tf.clone(tf.tensor1d(['a', 'b'], 'string')),
    'a cast of int32 to itself': () => tf.cast(tf.tensor1d([1, 2 ** 24 + 1], 'int32'), 'int32'),
    'a cast to int32': () => tf.cast(tf.tensor1d([1.5, -2.5]), 'int32'),
    'a batch norm of one value a pixel': () =>
      tf.batchNorm(ones([1, 2, 2, 1]), tf.reshape(tf.range(0, 4), [1, 2, 2, 1]), ones([1, 2, 2, 1])),
    'the gradient of a batch norm of one value a pixel': () => {
      const perPixel = (first) => tf.reshape(tf.range(first, first + 4), [1, 2, 2, 1]);
      const variance = tf.tensor([1, 4, 16, 64], [1, 2, 2, 1]); // whose roots are exact
      const f = (x) => tf.batchNorm(x, perPixel(0), variance, perPixel(2), perPixel(3), 0);
      return tf.grad(f)(ones([1, 2, 2, 1]), perPixel(5));
    },
    'the gradient of a dense convolution with respect to the input, of NCHW': () =>
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropInput',
          { dy: tf.reshape(tf.range(0, 60), [1, 5, 3, 4]), filter: tf.reshape(tf.range(0, 90), [3, 3, 2, 5]) },
          { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 2, 3, 4] },
        ),
    'the gradient of a dense convolution with respect to the filter, of NCHW': () =>
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x: tf.reshape(tf.range(0, 24), [1, 2, 3, 4]), dy: tf.reshape(tf.range(0, 60), [1, 5, 3, 4]) },
          { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 2, 5] },
        ),
    'a batch norm with one variance for all channels': () =>
      tf.batchNorm(ones([1, 2, 2, 3]), tf.tensor1d([1, 2, 3]), ones([1]), tf.tensor1d([1, 2, 3]), ones([3]), 0),
    'prelu with slopes for each pixel': () => prelu(tf.reshape(tf.range(1, 9), [2, 2, 2])),
    'prelu with slopes for each channel': () => prelu(tf.tensor1d([1, 2])),
    'prelu with slopes for each row': () => prelu(tf.tensor([1, 2], [2, 1, 1])),
    'prelu with int32 slopes': () => prelu(tf.reshape(tf.range(1, 9, 1, 'int32'), [2, 2, 2])),
    'the gradient of a mean of int32': () => tf.grad((x) => tf.sum(tf.mean(x, 0)))(ones([4, 3], 'int32')),
    'the gradient of clipByValue of int32': () =>
      tf.grad((x) => tf.sum(tf.cast(tf.clipByValue(x, 0, 6), 'float32')))(ids(-1, 3, 9)),
    'batchNorm of int32': () => tf.batchNorm(ids(1, 5), tf.tensor1d([1, 1]), ones([2]), undefined, undefined, 0),
    'unsortedSegmentSum of int32': () => tf.unsortedSegmentSum(ids(1, 2, 3), ids(0, 1, 0), 2),
  };
}

/** Other types that are taken: numbers that are made floats first, and what tfjs's cpu has a kernel for. */
function isTaken(backend, kernel, name) {
  if (kernel === 'FusedDepthwiseConv2D') return name === 'bias' || name === 'preluActivationWeights';
  if (backend !== 'cpu') return false;
  return kernel === 'FusedBatchNorm' || (kernel === 'UnsortedSegmentSum' && name === 'x');
}
