/**
 * Who can be measured, in the order of the charts; `kind` tells apart those of one title. The first of ours that takes part is what the
 * others are compared with.
 */
export const contestants = [
  { id: 'simd', title: 'This package', kind: 'SIMD', isOurs: true },
  { id: 'relaxed-simd', title: 'This package', kind: 'relaxed SIMD', isOurs: true },
  { id: 'tfjs-wasm', title: 'TensorFlow.js', kind: 'wasm', isOurs: false },
  { id: 'tfjs-cpu', title: 'TensorFlow.js', kind: 'cpu', isOurs: false },
];

/** @param {string} id */
export function contestantOf(id) {
  const found = contestants.find((contestant) => contestant.id === id);
  if (!found) throw new RangeError(`no contestant is called '${id}'`);
  return found;
}

/** What it is called in a sentence. @param {string} id */
export function nameOf(id) {
  const { title, kind, isOurs } = contestantOf(id);
  return `${isOurs ? title.toLowerCase() : title} (${kind})`;
}
