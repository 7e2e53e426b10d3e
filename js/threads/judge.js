/**
 * Decides for each loop whether threads pay at the moment. If other programs need the processors, workers come late or stop in the middle of a
 * part, and a loop takes longer on several threads. An estimate cannot predict this, so the judge compares measurements of the same loop on one
 * thread and on all.
 */

/**
 * After so many jobs, some are computed in the way that is slower at the moment, to notice that this way has become faster. If it has not, the
 * judge waits four times as long until the next such jobs.
 */
const MIN_JOBS_PER_PROBE = 16;
const MAX_JOBS_PER_PROBE = 1024;
/**
 * The first jobs on all threads after a job on one thread are not measured: workers sleep, and the caches of their processors do not contain the
 * data. Measured: the first takes up to 2 times as long as on one thread, the fourth 0.6 times.
 */
const WARM_UP_JOBS = 3;
/**
 * After jobs on all threads that were not faster, so many jobs of all loops do not measure this way again: if a processor is busy, it is busy for
 * all loops.
 */
const JOBS_OF_REST = 256;
/** The share of a new measurement in the mean. */
const SHARE = 0.25;
/** A measurement counts as so many times the mean at most. A pause of the program may take much longer. */
const MAX_OUTLIER = 2;

export class Judge {
  /** By the function of the loop: its times relative to their estimates. */
  #loops = new Map();
  #jobsOfRest = 0;

  /** Returns whether to compute the next job of a loop on all threads. */
  wantsThreads(loop) {
    const { alone, shared, jobsUntilProbe } = this.#of(loop);
    if (shared === undefined) return true;
    if (alone === undefined) return false;
    return shared < alone ? jobsUntilProbe > 0 : jobsUntilProbe <= 0 && this.#jobsOfRest <= 0;
  }

  /** Records the time of a job, relative to its estimate. */
  record(loop, areThreads, time) {
    const times = this.#of(loop);
    --this.#jobsOfRest;
    times.sharedInTurn = areThreads ? times.sharedInTurn + 1 : 0;
    if (areThreads && times.sharedInTurn <= WARM_UP_JOBS) return;
    const [way, other] = areThreads ? ['shared', 'alone'] : ['alone', 'shared'];
    const wasSharedFaster = times.shared < times.alone;
    const before = times[way] ?? time;
    times[way] = before + SHARE * (Math.min(time, MAX_OUTLIER * before) - before);
    --times.jobsUntilProbe;
    if (times.shared < times.alone !== wasSharedFaster) times.interval = MIN_JOBS_PER_PROBE;
    else if (areThreads === wasSharedFaster || times[other] === undefined) return;
    else if (time < times[other])
      times.interval = 0; // measures this way again at once
    else times.interval = Math.min(Math.max(MIN_JOBS_PER_PROBE, 4 * times.interval), MAX_JOBS_PER_PROBE);
    times.jobsUntilProbe = times.interval;
    if (areThreads) this.#jobsOfRest = time < times.alone ? 0 : JOBS_OF_REST;
  }

  #of(loop) {
    let times = this.#loops.get(loop);
    if (!times) {
      const interval = MIN_JOBS_PER_PROBE;
      times = { alone: undefined, shared: undefined, interval, jobsUntilProbe: interval, sharedInTurn: 0 };
      this.#loops.set(loop, times);
    }
    return times;
  }
}
