import { proxy } from 'comlink';
import { element } from '../shared/dom.js';
import { startWorker } from '../shared/worker.js';
import { backendOf, nameOf, passOf } from './report.js';

/** Time for all calls, in seconds. The start of the backends and the float64 reference take additional time. */
export const SECONDS = { quick: 6, thorough: 25 };

/**
 * Measures a layer in a new worker, and stops the worker at the end.
 *
 * @param {object} task
 * @param {any} task.layer
 * @param {string[]} task.passes
 * @param {string[]} task.backends
 * @param {'quick' | 'thorough'} task.time
 * @param {object} listener
 * @param {AbortSignal} listener.signal stops the measurement, also during a call; `run` then throws the reason of the signal
 * @param {(label: string, fraction: number) => void} listener.progress
 * @param {(started: { clock: { step: number, sampleLength: number }, backends: any[] }) => void} listener.started
 * @param {(pass: string, results: import('./measure.js').PassResult[]) => void} listener.measured
 */
export async function run({ layer, passes, backends, time }, { signal, progress, started, measured }) {
  const aborted = rejectionOf(signal);
  const starting = startWorker(() => new Worker(new URL('./lab.worker.js', import.meta.url), { type: 'module' }));
  starting.then(({ stop }) => signal.aborted && stop()).catch(() => {}); // stops a worker that starts after the abort
  progress('Starting the worker', 0);
  const { api, answer, stop } = await Promise.race([starting, aborted]);
  /** @type {<Result>(call: Promise<Result>) => Promise<Result>} */
  const answerOrAbort = (call) => Promise.race([answer(call), aborted]);
  /** @type {string | undefined} */
  let currentPass;
  try {
    const present = [];
    for (const id of backends) {
      progress(`Starting ${nameOf(id)}`, 0);
      present.push(await start(id));
    }
    const clock = await answerOrAbort(api.clock());
    started({ clock, backends: present });
    const ids = present.filter(({ problem }) => !problem).map(({ id }) => id);
    const options = {
      time: (SECONDS[time] * 1000) / passes.length / ids.length,
      sampleLength: clock.sampleLength,
    };
    for (const [i, pass] of passes.entries()) {
      currentPass = pass;
      // Progress arrives through its own channel, so a message can arrive after the end of its pass.
      const report = (fraction) => {
        if (currentPass === pass) progress(passOf(pass).title, (i + fraction) / passes.length);
      };
      report(0);
      const results = await answerOrAbort(api.measure(layer, pass, ids, options, proxy(report)));
      measured(
        pass,
        present.map(
          ({ id, problem }) => results.find((one) => one.id === id) ?? { id, status: 'failed', message: problem },
        ),
      );
    }
  } finally {
    currentPass = undefined;
    stop();
  }

  /** Starts a backend. A failure of this package ends the measurement; a failure of another backend becomes its result. */
  async function start(id) {
    try {
      return await answerOrAbort(api.start(id));
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      if (signal.aborted || backendOf(id).isOurs || name === 'WorkerError') throw error;
      return { id, problem: message };
    }
  }
}

/** Returns a promise that rejects when the user cancels. @param {AbortSignal} signal @returns {Promise<never>} */
export function rejectionOf(signal) {
  /** @type {Promise<never>} */
  const rejection = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  rejection.catch(() => {}); // without it, the browser reports a rejection that nobody awaits
  return rejection;
}

/**
 * Shows the progress of a measurement and a button that cancels it.
 *
 * @param {HTMLElement} host
 * @param {() => void} cancel
 */
export function runProgress(host, cancel) {
  const label = element('span', { role: 'status' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Progress of the measurement' });
  const button = element('button', { type: 'button', id: 'cancel', onclick: cancel }, 'Cancel');
  const view = element('div', { className: 'progress' }, label, bar, button);
  return {
    /** @param {string} text @param {number} fraction */
    show(text, fraction) {
      const shown = `${text} …`;
      if (label.textContent !== shown) label.textContent = shown; // screen readers announce each assignment
      bar.value = fraction;
      if (!view.isConnected) host.append(view);
    },
    hide: () => view.remove(),
    focus: () => button.focus(),
    hasFocus: () => button === document.activeElement,
  };
}
