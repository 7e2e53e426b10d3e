import { packed } from './picture.js';

/** @typedef {import('./picture.js').Picture} Picture */

/** Of examples: a class with fewer says little, and one class alone says nothing. */
const FEWEST = 3;

/**
 * What the reader should add before training, or nothing. A class without examples is left out of the training.
 *
 * @param {Picture[][]} pictures by class
 * @param {string[]} names
 */
export function whatIsMissing(pictures, names) {
  const started = pictures.filter(({ length }) => length > 0).length;
  if (started < 2) return `Add examples of at least two classes, ${FEWEST} or more of each, or press “Show me”.`;
  const short = names.filter((_, i) => pictures[i].length > 0 && pictures[i].length < FEWEST);
  return short.length > 0 ? `Add at least ${FEWEST} examples of ${short.join(' and ')}.` : '';
}

/** The examples as the worker takes them. @param {Picture[][]} pictures by class */
export function samplesOf(pictures) {
  const labels = Uint8Array.from(pictures.flatMap((ofClass, i) => ofClass.map(() => i)));
  return { pixels: packed(pictures.flat()), labels };
}
