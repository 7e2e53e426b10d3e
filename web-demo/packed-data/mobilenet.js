import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';

/** Depthwise-separable blocks in the file: the first of 13. The later blocks find faces, and help little for other pictures. */
const BLOCKS = 6;

/** Added to the variance in the batch normalization of the network. */
const EPSILON = 1e-3;

const folder = '@vladmandic/face-api/model';

/**
 * Returns the weights of the first convolution and of the first blocks of a MobileNetV1 that finds faces, from the npm package
 * @vladmandic/face-api. `src/teach/mobilenet.js` reads them. The file contains, in the order of the layers:
 *
 * 1. the number of the float32 numbers, as uint32;
 * 2. float32 numbers: of a depthwise convolution its kernel and its bias, which include the batch normalization; of another convolution the
 *    scale and the minimum of its kernel, and its bias;
 * 3. bytes: of another convolution its kernel. A weight is byte * scale + minimum, as in the package.
 *
 * @param {(path: string) => string} inPackages returns the path of a file in node_modules
 */
export function packedMobileNet(inPackages) {
  const weights = weightsOf(inPackages);
  const floats = [];
  const bytes = [];
  const addConvolution = (name) => {
    const { stored, scale, min } = weights(`${name}/weights`);
    floats.push(scale, min, ...weights(`${name}/convolution_bn_offset`).values());
    bytes.push(stored);
  };
  const addDepthwise = (name) => {
    const [gamma, beta, mean, variance] = ['gamma', 'beta', 'moving_mean', 'moving_variance'].map((part) => weights(`${name}/BatchNorm/${part}`).values()); // prettier-ignore
    const factor = gamma.map((value, c) => value / Math.sqrt(variance[c] + EPSILON));
    const kernel = weights(`${name}/depthwise_weights`).values();
    floats.push(...kernel.map((value, i) => value * factor[i % factor.length]));
    floats.push(...beta.map((value, c) => value - mean[c] * factor[c]));
  };
  addConvolution('Conv2d_0_pointwise');
  for (let block = 1; block <= BLOCKS; ++block) {
    addDepthwise(`Conv2d_${block}_depthwise`);
    addConvolution(`Conv2d_${block}_pointwise`);
  }
  const [count, numbers] = [Uint32Array.of(floats.length), Float32Array.from(floats)];
  return Buffer.concat([Buffer.from(count.buffer), Buffer.from(numbers.buffer), ...bytes]);
}

/** Returns a function that returns the weights with a name. @param {(path: string) => string} inPackages */
function weightsOf(inPackages) {
  const [{ weights }] = JSON.parse(readFileSync(inPackages(`${folder}/ssd_mobilenetv1_model-weights_manifest.json`), 'utf8')); // prettier-ignore
  const file = readFileSync(inPackages(`${folder}/ssd_mobilenetv1_model.bin`));
  const found = new Map();
  let offset = 0;
  for (const { name, shape, quantization } of weights) {
    const bytes = shape.reduce((product, side) => product * side, quantization ? 1 : 4);
    const stored = file.subarray(offset, offset + bytes);
    offset += bytes;
    if (!quantization) continue;
    const { scale, min } = quantization;
    found.set(name, { stored, scale, min, values: () => Array.from(stored, (byte) => byte * scale + min) });
  }
  return (name) => found.get(`MobilenetV1/${name}`);
}
