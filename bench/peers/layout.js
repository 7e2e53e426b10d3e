import { sizeOf } from '../shared/geometry.js';

/** { shape, data } in another order of its dimensions: `order[i]` is where dimension i of the result is in what is given. */
export function transposed({ shape, data }, order) {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const newShape = order.map((i) => shape[i]);
  const newStrides = order.map((i) => strides[i]);
  const result = new Float32Array(data.length);
  let at = 0;
  const [a, b, c, d] = newShape;
  for (let i = 0; i < a; ++i) {
    for (let j = 0; j < b; ++j) {
      for (let k = 0; k < c; ++k) {
        const base = i * newStrides[0] + j * newStrides[1] + k * newStrides[2];
        for (let l = 0; l < d; ++l) result[at++] = data[base + l * newStrides[3]];
      }
    }
  }
  return { shape: newShape, data: result };
}

export const toNchw = (tensor) => transposed(tensor, [0, 3, 1, 2]);
export const toNhwc = (tensor) => transposed(tensor, [0, 2, 3, 1]);

/** ONNX has one filter for each output channel, [outChannels, 1, height, width]; output channel c·multiplier + m as ours. */
export function toOnnxFilter({ shape: [height, width, channels, multiplier], data }) {
  const { data: moved } = transposed({ shape: [height, width, channels, multiplier], data }, [2, 3, 0, 1]);
  return { shape: [channels * multiplier, 1, height, width], data: moved };
}

export function fromOnnxFilter({ shape: [, , height, width], data }, { channels, multiplier }) {
  return transposed({ shape: [channels, multiplier, height, width], data }, [2, 3, 0, 1]);
}
