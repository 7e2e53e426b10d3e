/** Returns a function that does the work the first time, and returns the same result each time, also an error. */
export function once(work) {
  let result;
  return () => (result ??= work());
}
