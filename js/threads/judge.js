/**
 * Decides for each loop whether threads pay at the moment. If other programs need the processors, workers come late or stop in the middle of a
 * part, and a loop takes longer on several threads. An estimate cannot predict this, so the judge compares measurements of the same loop on one thread
 * and on all.
 */

/** One of so many jobs is computed in the way that is slower at the moment, to notice that it has become faster. */
const JOBS_PER_PROBE = 16;
/** The share of a new measurement in the mean. */
const SHARE = 0.25;
/** A measurement counts as so many times the mean at most. A pause of the program may take much longer. */
const MAX_OUTLIER = 2;

export class Judge {
  /** By the function of the loop: its times relative to their estimates. */
  #loops = new Map();

  /** Returns whether to compute the next job of a loop on all threads. */
  wantsThreads(loop) {
    const { alone, shared, jobs } = this.#of(loop);
    if (shared === undefined) return true;
    if (alone === undefined) return false;
    const isProbe = jobs % JOBS_PER_PROBE === 0;
    return shared < alone !== isProbe;
  }

  /** Records the time of a job, relative to its estimate. */
  record(loop, areThreads, time) {
    const times = this.#of(loop);
    ++times.jobs;
    const way = areThreads ? 'shared' : 'alone';
    const before = times[way] ?? time;
    times[way] = before + SHARE * (Math.min(time, MAX_OUTLIER * before) - before);
  }

  #of(loop) {
    let times = this.#loops.get(loop);
    if (!times) this.#loops.set(loop, (times = { alone: undefined, shared: undefined, jobs: 1 }));
    return times;
  }
}
