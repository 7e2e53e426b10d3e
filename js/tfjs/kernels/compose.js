/**
 * Returns the result of `body`, which runs kernels of the backend one after the other, and disposes all other results.
 *
 * @param {import('../kernels.js').Context} context
 * @param {(run: (name: string, inputs: object, attrs?: object) => any, keep: (info: any) => any) => any} body `run` runs a kernel of the
 *   backend; pass the result of any other kernel to `keep`
 */
export function compose({ runBackend, dispose }, body) {
  const temporary = [];
  const keep = (info) => {
    temporary.push(info);
    return info;
  };
  let result;
  try {
    result = body((name, inputs, attrs = {}) => keep(runBackend(name, inputs, attrs)), keep);
  } finally {
    for (const info of temporary) if (info !== result) dispose(info);
  }
  return result;
}

/** Returns whether a tensor of `shape` broadcasts to `target`. */
function broadcastsTo(shape, target) {
  return (
    shape.length <= target.length &&
    shape.every((size, i) => size === 1 || size === target[target.length - shape.length + i])
  );
}

/** Checks that a tensor broadcasts to the tensor `target` of `targetShape`. */
export function requireBroadcast(functionName, argument, { shape }, target, targetShape) {
  if (broadcastsTo(shape, targetShape)) return;
  throw new RangeError(
    `Error in ${functionName}: ${argument} must broadcast to ${target} [${targetShape}], got [${shape}]`,
  );
}
