export function outOfMemory(functionName, bytes) {
  const wanted = bytes === undefined ? '' : `, ${bytes} bytes were wanted`;
  return new RangeError(`Error in ${functionName}: out of memory${wanted}`);
}
