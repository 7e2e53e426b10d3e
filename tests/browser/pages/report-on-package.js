import { load } from '../../../js/index.js';
import { reportOn } from '../../package/fixtures/report-on.js';

/** The variant in the address of the page, if any. */
const variant = new URLSearchParams(location.search).get('variant') ?? undefined;

/** Returns the results of all passes, and the losses of a layer in training. */
export async function reportOnPackage() {
  const dw = await load({ variant });
  const losses = dw.tidy(() => trainLayer(dw, 3));
  return { ...reportOn(dw), losses };
}

/** Returns the losses of a layer that learns to output ones. */
function trainLayer(dw, steps) {
  const depthwiseInitializer = { className: 'constant', config: { value: 0.1 } }; // random weights could all be below 0
  const layer = new dw.DepthwiseConv2D({ kernelSize: 3, padding: 'same', activation: 'relu6', depthwiseInitializer });
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
