/** Does the work when it is first asked for, and gives every later caller the same, so that all tests of what went wrong say what. */
export function once(work) {
  let result;
  return () => (result ??= work());
}
