import { localRacer } from '../shared/racer.js';

/** The engine compiles once, at the first call (table/engine.js), and there are no tensors to bring anywhere. */
const WARM_UP_MS = 10;
/** A few of those of everybody else: there are several ways to the limit, and each keeps a steady pace. */
const CALLS_A_TURN = 6;

/** As shared/racer.js, for what takes turns as a limit: it must not take the time of the others. */
export function limitRacer(run) {
  const racer = localRacer({ run });
  return {
    ...racer,
    warmUp: () => racer.warmUp(WARM_UP_MS),
    turn: () => racer.turn(CALLS_A_TURN),
  };
}
