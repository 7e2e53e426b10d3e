import { callsOf, tensor } from '../refusal.js';

/**
 * Calls that must be refused: { name, call, ErrorType, pattern }. `call` is given the module and, where there are any, a tensor with four
 * dimensions and a layer.
 */
export const WRONG = [
  ...Object.keys(callsOf({})).flatMap((name) => [
    wrong(name, RangeError, 'strides', { strides: 0 }),
    wrong(name, RangeError, 'strides', { strides: [1, 2, 3] }),
    wrong(name, TypeError, 'strides', { strides: '1' }),
    wrong(name, RangeError, 'dilations', { dilations: [1, 0.5] }),
    wrong(name, TypeError, 'pad', { pad: 'full' }),
    wrong(name, RangeError, 'pad', { pad: -1 }),
    wrong(name, TypeError, 'dataFormat', { dataFormat: 'NHCW' }),
    ...(name.endsWith('BackpropInput')
      ? [
          wrong(name, RangeError, 'dy', { dy: tensor([2, 3, 5, 3]) }),
          wrong(name, TypeError, 'inputShape', { inputShape: undefined }),
        ]
      : [
          wrong(name, TypeError, 'x', { x: null }),
          wrong(name, TypeError, 'x.data', { x: { data: [1], shape: [1, 1, 1, 1] } }),
          wrong(name, RangeError, 'x.data', { x: { data: new Float32Array(5), shape: [1, 1, 1, 6] } }),
          wrong(name, RangeError, 'x.shape', { x: tensor([0, 2 ** 32, 1, 1]) }),
        ]),
  ]),
  {
    name: 'a filter that does not fit a tensor',
    call: (dw, x = tensor([1, 2, 2, 3])) => dw.depthwiseConv2d(x, tensor([1, 1, x.shape[3] + 1, 1])),
    ErrorType: RangeError,
    pattern: /^Error in depthwiseConv2d: filter must /,
  },
  {
    name: 'tensor',
    call: (dw) => dw.tensor(new Float32Array(3), [2]),
    ErrorType: RangeError,
    pattern: /^Error in tensor: data must /,
  },
  {
    name: 'a tidy with a promise',
    call: (dw) => dw.tidy(async () => {}),
    ErrorType: TypeError,
    pattern: /^Error in tidy: body must not be asynchronous/,
  },
  {
    name: 'a config',
    call: (dw) => new dw.DepthwiseConv2D({ kernelSize: 3, padding: 'causal' }),
    ErrorType: TypeError,
    pattern: /^Error in DepthwiseConv2D: padding must /,
  },
  {
    name: 'a call of a layer',
    call: (dw, x, layer) => onLayer(dw, layer, (one) => one.call(tensor([3, 3]))),
    ErrorType: RangeError,
    pattern: /^Error in DepthwiseConv2D: x must /,
  },
  {
    name: 'weights of a layer',
    call: (dw, x, layer) => onLayer(dw, layer, (one) => one.setWeights([x, 3])),
    ErrorType: TypeError,
    pattern: /^Error in DepthwiseConv2D: weights/,
  },
];

function wrong(name, ErrorType, argument, changes) {
  const pattern = new RegExp(`^Error in ${name}: ${argument.replace('.', '\\.')} must `);
  return { name: `${name}, ${argument}`, call: (dw) => callsOf(dw)[name](changes), ErrorType, pattern };
}

function onLayer(dw, given, call) {
  const layer = given ?? new dw.DepthwiseConv2D({ kernelSize: 3 });
  try {
    return call(layer);
  } finally {
    if (!given) layer.dispose();
  }
}
