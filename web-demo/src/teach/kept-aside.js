/** @typedef {import('./training.js').Step} Step */

/**
 * The accuracy on the examples that were kept aside, when it was last asked for, from 0 to 1; nothing where there are none.
 *
 * @param {Step[]} steps
 * @returns {number | undefined}
 */
export function latestAside(steps) {
  return steps.filter(({ aside }) => aside !== undefined).at(-1)?.aside;
}
