/** Fewer than these a second at first, so that the eye can follow; then as many as there are pictures. */
const FIRST_PAUSE_MS = 140;
const SHORTER_BY = 0.93;

/** Later steps gain too little to be seen. */
const MOST_STEPS = 300;
const SMALL_ENOUGH = 1e-11;

/** How many steps may pass without a smaller loss: float32 cannot tell a better kernel from a worse one then. */
const PATIENCE = 25;

/**
 * Lets the worker learn, and shows every step, until nothing is left to learn or `isCurrent` says that something else is wanted.
 *
 * @param {object} session
 * @param {(steps: number) => Promise<State>} session.learn
 * @param {State} session.first
 * @param {() => boolean} session.isCurrent
 * @param {(state: State) => void} session.show
 * @typedef {{ steps: number, loss: number, difference: number, milliseconds: number, kernel: Float32Array, output: any }} State
 */
export async function learnToTheEnd({ learn, first, isCurrent, show }) {
  let state = first;
  let best = { loss: Infinity, steps: 0 };
  for (let pause = FIRST_PAUSE_MS; isCurrent(); pause *= SHORTER_BY) {
    if (state.loss < best.loss) best = state;
    if (state.loss <= SMALL_ENOUGH * first.loss || state.steps >= MOST_STEPS || state.steps - best.steps >= PATIENCE)
      break;
    const shown = new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), pause));
    [state] = await Promise.all([learn(1), shown]);
    if (isCurrent()) show(state);
  }
  return state;
}
