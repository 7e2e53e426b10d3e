/** Something of everything that a module computes, `rounds` times, as texts: the same for the same bits. Nothing is left of it. */
export function computeAll(dw, rounds) {
  return Array.from({ length: rounds }, () => dw.tidy(() => compute(dw)));
}

function compute(dw) {
  const [x, filter] = [values([2, 9, 8, 6]), values([3, 3, 6, 2])];
  const attrs = { strides: 2, pad: 'same' };
  const y = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
  const layer = new dw.DepthwiseConv2D({
    kernelSize: 3,
    activation: 'tanh',
    weights: [values([3, 3, 6, 1]), values([6])],
  });
  const out = layer.call(x, { training: true });
  const { dx, gradients } = layer.backward(out);
  const results = [
    y,
    dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy: y, filter }, attrs: { ...attrs, inputShape: x.shape } }),
    dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy: y }, attrs: { ...attrs, filterShape: filter.shape } }),
    ...[out, dx, gradients.depthwise_kernel, gradients.bias],
  ];
  const text = results.map((tensor) => new Uint32Array(tensor.dataSync().buffer).join()).join(';');
  layer.dispose();
  return text;
}

function values(shape) {
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    data: Float32Array.from({ length: size }, (_, i) => Math.fround(((i * 2654435761) % 1000) / 500 - 1)),
    shape,
  };
}
