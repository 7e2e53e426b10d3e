const GRADIENT = 'ClipByValueGrad';

/** relu6 in tfjs-layers is ClipByValue; tfjs's own gradient of it is four kernels, each over a tensor of the size of x. */
const clipByValue = {
  kernelName: 'ClipByValue',
  inputsToSave: ['x'],
  needs: [GRADIENT],
  takes: ([x]) => x.dtype === 'float32',
  gradient: ({ run }, dy, [x], attrs) => ({ x: () => run(GRADIENT, { x, dy }, attrs) }),
};

/** Where x is within the limits the gradient is dy itself, so it depends on dy in the same way, and on x not at all. */
const clipByValueGradient = {
  kernelName: GRADIENT,
  inputsToSave: ['x'],
  needs: [GRADIENT],
  gradient: ({ run }, ddx, [x], attrs) => ({
    x: () => run('ZerosLike', { x }, {}),
    dy: () => run(GRADIENT, { x, dy: ddx }, attrs),
  }),
};

export const clipping = [clipByValue, clipByValueGradient];
