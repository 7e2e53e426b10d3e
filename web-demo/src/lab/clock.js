/** A turn is so many steps of the clock, which then is off by a few percent of one turn and by less of their median. */
const STEPS = 25;
/** So long that one call's accidents hardly count, so short that those of the machine hit few turns. In milliseconds. */
const LEAST_TURN = 10;
const LONGEST_TURN = 250;

/**
 * The smallest step that a clock is seen to make. Browsers make theirs coarse, against spying: 5 µs to 1 ms, more in private modes.
 *
 * @param {() => number} now in milliseconds
 */
export function clockStep(now = () => performance.now()) {
  let smallest = Infinity;
  for (let i = 0; i < 10; ++i) {
    const start = now();
    let end = start;
    while (end === start) end = now();
    smallest = Math.min(smallest, end - start);
  }
  return smallest;
}

/** How long a turn should be at least, in milliseconds. @param {number} step of the clock */
export function turnLength(step) {
  return Math.min(Math.max(LEAST_TURN, STEPS * step), LONGEST_TURN);
}
