/** Counts the calls of these kernels from now on, by name. */
export function countCalls(tf, backend, names) {
  const counts = {};
  for (const name of names) {
    const kernel = tf.getKernel(name, backend);
    counts[name] = 0;
    // A proxy, because our gradients recognize our kernels by properties of the functions.
    kernel.kernelFunc = new Proxy(kernel.kernelFunc, {
      apply(kernelFunc, self, args) {
        ++counts[name];
        return Reflect.apply(kernelFunc, self, args);
      },
    });
  }
  return counts;
}
