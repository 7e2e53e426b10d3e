/** What of a layer can be measured: id, as in addresses and results, and words for readers. */
export const passes = [
  { id: 'forward', title: 'Forward', what: 'y from x and the filter' },
  { id: 'input', title: 'Gradient of the input', what: 'dx from dy and the filter' },
  { id: 'filter', title: 'Gradient of the filter', what: 'dfilter from x and dy' },
];

/** @param {string} id */
export function titleOfPass(id) {
  return passes.find((pass) => pass.id === id)?.title ?? id;
}
