/** Who can be measured, in the order of the charts. The first of ours that takes part is what the others are compared with. */
export const contestants = [
  { id: 'simd', title: 'This package', note: 'plain SIMD', isOurs: true },
  { id: 'relaxed-simd', title: 'This package, relaxed', note: 'relaxed SIMD', isOurs: true },
  { id: 'tfjs-wasm', title: 'TensorFlow.js wasm', note: 'its WebAssembly kernels', isOurs: false },
  { id: 'tfjs-cpu', title: 'TensorFlow.js cpu', note: 'its JavaScript kernels', isOurs: false },
];

/** @param {string} id */
export function contestantOf(id) {
  const found = contestants.find((contestant) => contestant.id === id);
  if (!found) throw new RangeError(`no contestant is called '${id}'`);
  return found;
}
