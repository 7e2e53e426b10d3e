/** tfjs's own words, from the check that its ops make before they call a kernel. */
export function requireFloat32(functionName, argument, { dtype }) {
  if (dtype === 'float32') return;
  throw new TypeError(
    `Argument '${argument}' passed to '${functionName}' must be float32 tensor, but got ${dtype} tensor`,
  );
}
