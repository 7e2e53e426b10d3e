/** tfjs's own words, from the check that its ops make before they call a kernel. */
export function requireDtype(functionName, argument, { dtype }, required) {
  if (dtype === required) return;
  throw new TypeError(
    `Argument '${argument}' passed to '${functionName}' must be ${required} tensor, but got ${dtype} tensor`,
  );
}
