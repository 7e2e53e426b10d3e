/** Arguments of dense convolutions. tf.keras writes them into its files for these layers too, where they mean nothing. */
const KERNEL_ARGUMENTS = ['kernelInitializer', 'kernelRegularizer', 'kernelConstraint'];

/** A configuration as it is in a file, without them. */
export function withoutKernelArguments(config) {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !KERNEL_ARGUMENTS.includes(key)));
}

/** In code they are a mistake: tfjs's SeparableConv2D refuses them, its DepthwiseConv2D passes over them. */
export function refuseKernelArguments(className, args) {
  const given = KERNEL_ARGUMENTS.find((argument) => (args[argument] ?? null) !== null);
  if (given === undefined) return;
  const right = given.replace('kernel', 'depthwise');
  throw new TypeError(`Error in ${className}: ${given} is not an argument of this layer; ${right} is`);
}
