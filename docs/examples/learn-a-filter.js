import { parseArgs } from 'node:util';

import { load } from 'depthwise-wasm';

// A layer learns the filter of an image effect by gradient descent, from a picture and its filtered version.

const effects = {
  blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((weight) => weight / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  edges: [-1, 0, 1, -2, 0, 2, -1, 0, 1],
};
const size = 64;
const channels = 3;
const tolerance = 1e-2;

const { effect, steps } = readArguments();

const dw = await load();
const picture = paint();
const target = filtered(picture, effects[effect]);

const x = dw.tensor(picture, [1, size, size, channels]);
const layer = new dw.DepthwiseConv2D({ kernelSize: 3, useBias: false, inputShape: [size, size, channels] });
layer.build();
const [kernel] = layer.weights;
// The curvature of the loss is at most 2 · 9 · mean(x²), so this step size never overshoots.
const rate = 1 / (2 * 9 * meanOf(picture, (value) => value * value));

console.log(`Learning '${effect}' from a picture of ${size}×${size} and its filtered version:\n`);
for (let step = 0; step <= steps; ++step) {
  const loss = dw.tidy(() => {
    const y = layer.call(x, { training: true });
    const { loss, dy } = squaredError(y);
    const { gradients } = layer.backward(dy);
    const weights = kernel.data; // a live view of the wasm memory
    gradients.depthwise_kernel.data.forEach((gradient, i) => {
      weights[i] -= rate * gradient;
    });
    return loss;
  });
  if (step % 10 === 0) console.log(`  step ${String(step).padStart(3)}   loss ${loss.toExponential(2)}`);
}

const difference = printKernels(effects[effect], kernel.data);
const hasLearned = difference <= tolerance;
console.log(`\nLargest difference: ${difference.toExponential(1)}${hasLearned ? '' : `, more than ${tolerance}`}`);
process.exitCode = hasLearned ? 0 : 1;
for (const each of [x, layer]) each.dispose();

function readArguments() {
  const options = /** @type {const} */ ({ steps: { type: 'string', default: '150' } });
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [effect = 'sharpen'] = positionals;
  const steps = Number(values.steps);
  if (Object.hasOwn(effects, effect) && Number.isInteger(steps) && steps >= 0) return { effect, steps };
  console.error(`Usage: learn-a-filter [${Object.keys(effects).join(' | ')}] [--steps NUMBER]`);
  process.exit(2);
}

/** Returns a picture with smooth colours, an edge and noise: it needs all frequencies, or the filter is not unique. */
function paint() {
  const pixels = new Float32Array(size * size * channels);
  let seed = 1;
  const grain = () => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  for (let i = 0; i < pixels.length; ++i) {
    const [row, column, channel] = [Math.floor(i / channels / size), Math.floor(i / channels) % size, i % channels];
    const hills = 0.3 * Math.sin(row / 9 + channel) * Math.cos(column / (7 + channel));
    const disc = Math.hypot(row - 24, column - 40) < 12 ? 0.4 : 0;
    pixels[i] = hills + disc + grain();
  }
  return pixels;
}

/** Returns the filtered picture ('valid' padding), computed with plain loops. */
function filtered(pixels, filter) {
  const outSize = size - 2;
  return Float32Array.from({ length: outSize * outSize * channels }, (_, i) => {
    const [row, column] = [Math.floor(i / channels / outSize), Math.floor(i / channels) % outSize];
    let sum = 0;
    filter.forEach((weight, tap) => {
      const pixel = (row + Math.floor(tap / 3)) * size + column + (tap % 3);
      sum += weight * pixels[pixel * channels + (i % channels)];
    });
    return sum;
  });
}

/** Returns the squared error, summed over the channels and averaged over the pixels, and its gradient. */
function squaredError({ data, shape }) {
  const pixels = data.length / channels;
  const dy = new Float32Array(data.length);
  let loss = 0;
  for (let i = 0; i < data.length; ++i) {
    const error = data[i] - target[i];
    loss += (error * error) / pixels;
    dy[i] = (2 * error) / pixels;
  }
  return { loss, dy: { data: dy, shape } };
}

/** Prints the true filter and the learned filter of each channel. Returns the largest difference. */
function printKernels(filter, learned) {
  const text = (value) => (Math.round(value * 1e4) / 1e4 + 0).toFixed(4).padStart(8); // + 0: no −0
  const row = (values) => values.map(text).join('');
  const titles = ['true', 'red', 'green', 'blue'].map((title) => title.padEnd(27)).join('');
  console.log(`\n  ${titles.trimEnd()}`);
  for (const first of [0, 3, 6]) {
    const taps = [first, first + 1, first + 2];
    const kernels = [0, 1, 2].map((channel) => row(taps.map((tap) => learned[tap * channels + channel])));
    console.log([row(taps.map((tap) => filter[tap])), ...kernels].join('   '));
  }
  return Math.max(...learned.map((value, i) => Math.abs(value - filter[Math.floor(i / channels)])));
}

function meanOf(values, of) {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}
