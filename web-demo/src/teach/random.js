import alea from 'seedrandom/lib/alea.js';

/** Numbers from 0 to 1 that the seed alone decides. @typedef {() => number} Random */

/** @param {number | string} seed @returns {Random} */
export function randomFrom(seed) {
  return alea(String(seed));
}

/** @param {Random} random @param {number} from @param {number} to */
export function between(random, from, to) {
  return from + (to - from) * random();
}

/** The items in another order (R. Durstenfeld, Algorithm 235, 1964). @template Item @param {readonly Item[]} items @param {Random} random */
export function shuffled(items, random) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}
