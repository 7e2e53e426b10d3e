/** relu6 in tfjs-layers is ClipByValue; tfjs's own gradient of it is four kernels, each over a tensor of the size of x. */
export const clipByValue = {
  kernelName: 'ClipByValue',
  inputsToSave: ['x'],
  needs: ['ClipByValueGrad'],
  hasNoGradient: true,
  gradient: ({ run }, dy, [x], attrs) => ({ x: () => run('ClipByValueGrad', { x, dy }, attrs) }),
};
