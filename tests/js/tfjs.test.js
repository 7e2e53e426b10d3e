import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose } from './support/compare.js';
import { attrsOf, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { runTfjsKernel, useBackend } from './support/tfjs.js';

const dw = await load();

/** As networks have them: square filters, no larger stride than the filter, 'same' or 'valid'. */
const ordinary = [3, 5, 7].flatMap((taps) =>
  ['same', 'valid'].flatMap((pad) =>
    [
      { strides: [1, 1] },
      { strides: [2, 2] },
      { strides: [2, 1] },
      { strides: [1, 1], dilations: [2, 2] },
      { strides: [1, 1], dilations: [1, 2] },
    ].flatMap((steps) =>
      [
        [8, 1],
        [3, 2],
      ].map(([channels, multiplier]) => ({
        xShape: [2, 14, 15, channels],
        filterShape: [taps, taps, channels, multiplier],
        pad,
        ...steps,
      })),
    ),
  ),
);

for (const backend of ['cpu', 'wasm']) {
  test(`forward agrees with tfjs ${backend} in ordinary cases`, async () => {
    await useBackend(backend);
    const random = new Random(backend);
    for (const convolution of ordinary) {
      const { x, filter } = makeProblem(convolution, random, 'fractions');
      const attrs = attrsOf(convolution);
      const expected = runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs);
      const result = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
      assertClose(result, expected, JSON.stringify(convolution));
      result.dispose();
    }
  });

  test(`forward with bias and activation agrees with tfjs ${backend} in ordinary cases`, async () => {
    await useBackend(backend);
    const random = new Random(`fused ${backend}`);
    for (const convolution of ordinary) {
      const { x, filter, bias } = makeProblem(convolution, random, 'fractions');
      const attrs = { ...attrsOf(convolution), dilations: convolution.dilations ?? [1, 1], activation: 'relu6' };
      const expected = runTfjsKernel('FusedDepthwiseConv2D', { x, filter, bias }, attrs);
      const result = dw.fusedDepthwiseConv2D({ inputs: { x, filter, bias }, attrs });
      assertClose(result, expected, JSON.stringify(convolution));
      result.dispose();
    }
  });
}

test('both gradients agree with tfjs cpu where nothing is dilated', async () => {
  await useBackend('cpu');
  const random = new Random('gradients');
  for (const convolution of ordinary.filter(({ dilations }) => !dilations)) {
    const { x, filter, dy } = makeProblem(convolution, random, 'fractions');
    const attrs = { ...attrsOf(convolution), dilations: [1, 1] };
    const [forInput, forFilter] = [
      { ...attrs, inputShape: x.shape },
      { ...attrs, filterShape: filter.shape },
    ];
    dw.tidy(() => {
      assertClose(
        dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: forInput }),
        runTfjsKernel('DepthwiseConv2dNativeBackpropInput', { dy, filter }, forInput),
        JSON.stringify(convolution),
      );
      assertClose(
        dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: forFilter }),
        runTfjsKernel('DepthwiseConv2dNativeBackpropFilter', { x, dy }, forFilter),
        JSON.stringify(convolution),
      );
    });
  }
});
