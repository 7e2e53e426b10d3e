import { labWorkers, withFailures } from './lab-workers.js';
import { measure } from './measure.js';
import { networkPasses } from './networks.js';
import { backendOf, nameOf, passOf } from './report.js';

/** The results of this backend check the results of each other backend. */
const REFERENCE = 'tfjs-cpu';
/** Time for the calls that show the time of each layer, in milliseconds. */
const LAYERS_TIME = { quick: 400, thorough: 2000 };

/** @param {string} pass */
const toleranceOf = (pass) => networkPasses.find(({ id }) => id === pass)?.tolerance;

/**
 * Measures a network, each backend in a worker of its own. Stops the workers at the end. The parameters are those of `run`; `layer` is a network.
 *
 * @param {Parameters<typeof import('./run.js').run>[0]} task
 * @param {Parameters<typeof import('./run.js').run>[1]} listener
 */
export async function runNetwork({ layer, passes, backends, time, seconds }, { signal, progress, started, measured }) {
  /** @type {ReturnType<typeof labWorkers<import('./network.worker.js').Api>>} */
  const workers = labWorkers(
    () => new Worker(new URL('./network.worker.js', import.meta.url), { type: 'module' }),
    signal,
  );
  const { answer } = workers;
  try {
    const present = [];
    for (const id of new Set([...backends, REFERENCE])) {
      progress(`Starting ${nameOf(id)}`, 0);
      const one = await workers.start(id, (api) => api.start(id, layer.name));
      if (id === REFERENCE && one.problem) throw new Error(one.problem);
      present.push(one);
    }
    const selected = present.filter(({ id }) => backends.includes(id));
    const ids = selected.filter(({ problem }) => !problem).map(({ id }) => id);
    const clock = await answer(REFERENCE, (api) => api.clock());
    started({ clock, backends: selected });
    const options = {
      time: (seconds * 1000) / passes.length / ids.length,
      sampleLength: clock.sampleLength,
    };
    for (const [i, pass] of passes.entries()) {
      const report = (/** @type {string} */ label, /** @type {number} */ fraction) => progress(`${passOf(pass).title}: ${label}`, (i + fraction) / passes.length); // prettier-ignore
      report(`computing the reference with ${nameOf(REFERENCE)}`, 0);
      const reference = await answer(REFERENCE, (api) => api.first(pass));
      const expected = { shape: reference.shape, data: Float64Array.from(reference.data) };
      const candidates = [];
      for (const id of ids) {
        const has = await answer(id, (api) => api.has(pass));
        candidates.push({ id, ...(has && { call: remoteCall(id, pass, id === REFERENCE ? reference : undefined) }) });
      }
      const results = await measure(candidates, expected, { ...options, tolerance: toleranceOf(pass), report: (done) => report('measuring', 0.9 * done) }); // prettier-ignore
      report('times by layer', 0.9);
      for (const result of results) {
        if (result.status !== 'ok' || backendOf(result.id).isGpu) continue;
        result.layers = await answer(result.id, (api) => api.layerTimes(pass, LAYERS_TIME[time]));
      }
      measured(pass, withFailures(selected, results));
    }
  } finally {
    workers.stop();
  }

  /** Returns a call for `measure`. The first call of the reference was made already. */
  function remoteCall(/** @type {string} */ id, /** @type {string} */ pass, first) {
    return {
      first: async () => first ?? answer(id, (api) => api.first(pass)),
      warmUp: (/** @type {number} */ time) => answer(id, (api) => api.warmUp(pass, time)),
      sample: (/** @type {number} */ calls) => answer(id, (api) => api.sample(pass, calls)),
    };
  }
}
