/** Output size and padding of a layer; a RangeError where no output is left. */
export function geometryOf(layer) {
  const vertical = axis('height', layer.height, layer.filterHeight, layer.strides[0], layer.dilations[0], layer.pad);
  const horizontal = axis('width', layer.width, layer.filterWidth, layer.strides[1], layer.dilations[1], layer.pad);
  const { batch, height, width, channels, filterHeight, filterWidth, multiplier } = layer;
  return {
    top: vertical.before,
    left: horizontal.before,
    inputShape: [batch, height, width, channels],
    filterShape: [filterHeight, filterWidth, channels, multiplier],
    outputShape: [batch, vertical.size, horizontal.size, channels * multiplier],
  };
}

function axis(name, input, filter, stride, dilation, pad) {
  const extent = (filter - 1) * dilation + 1;
  if (pad === 'same') {
    const size = Math.ceil(input / stride);
    const total = Math.max(0, (size - 1) * stride + extent - input);
    return { size, before: Math.floor(total / 2) };
  }
  const before = pad === 'valid' ? 0 : pad;
  const padded = input + 2 * before;
  if (extent > padded) {
    throw new RangeError(`the filter's ${name} is ${extent} (dilated), larger than the padded input's, ${padded}`);
  }
  return { size: Math.floor((padded - extent) / stride) + 1, before };
}

export function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}
