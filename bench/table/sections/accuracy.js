const [BATCH, HEIGHT, WIDTH, CHANNELS] = [1, 1000, 800, 4];

/** How far the filter gradient is off where all its terms are positive, and none makes up for the rounding of another. */
export const accuracySection = {
  id: 'accuracy',
  title: 'rounding',
  weight: 0,
  steps: () => [{ name: 'positive terms' }],
  async measure(_, { own }) {
    const shape = [BATCH, HEIGHT, WIDTH, CHANNELS];
    const [x, dy] = [spread(shape, 0.618), spread(shape, 0.414)];
    const expected = new Float64Array(CHANNELS);
    for (let i = 0; i < x.data.length; ++i) expected[i % CHANNELS] += x.data[i] * dy.data[i];
    return own.map(({ id, dw }) => {
      const attrs = { pad: 'valid', filterShape: [1, 1, CHANNELS, 1] };
      const result = dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs });
      const errors = Array.from(result.data, (value, i) => Math.abs(value / expected[i] - 1));
      result.dispose();
      return { id, terms: BATCH * HEIGHT * WIDTH, error: Math.max(...errors) };
    });
  },
};

/** Values spread over (0, 1). */
function spread(shape, step) {
  const data = new Float32Array(shape.reduce((product, length) => product * length));
  for (let i = 0; i < data.length; ++i) data[i] = ((i + 1) * step) % 1;
  return { data, shape };
}
