import { proxy } from 'comlink';
import { byId, clearMessage, showFailure } from '../shared/dom.js';
import { startWorker } from '../shared/worker.js';
import { BACKENDS, speedView } from './training-view.js';

/** Of the steps on each backend. On cpu, a step takes seconds on a slow device. */
const LIMITS = { maxSteps: 5, maxMilliseconds: 10_000 };

/**
 * Connects the comparison of the two backends. It runs in a worker of its own: the network still answers while the cpu backend computes,
 * and cancelling is immediate.
 *
 * @param {{ samples: () => import('./training.js').Samples, options: () => { network: import('./teach.worker.js').Network, batch: number, rate: number } }} training
 *   `samples` returns the examples of the training
 */
export function connectComparison({ samples, options }) {
  const button = byId('measure', HTMLButtonElement);
  const messages = byId('measure-messages');
  const view = speedView();
  /** Cancels the running comparison. @type {(() => void) | undefined} */
  let cancel;

  button.addEventListener('click', () => (cancel ? cancel() : run()));

  /** The backends run one after the other, so that the rest of the device does much the same for both. */
  async function run() {
    if (cancel) return;
    const cancelled = new Promise((resolve) => (cancel = () => resolve('cancelled')));
    clearMessage(messages);
    button.textContent = 'Cancel';
    /** @type {Awaited<ReturnType<typeof startWorker<import('./teach.worker.js').Api>>> | undefined} */
    let worker;
    const measured = (async () => {
      worker = await startWorker(() => new Worker(new URL('./teach.worker.js', import.meta.url), { type: 'module' }));
      if (!cancel) return worker.stop(); // cancelled while the worker started
      const { answer, api } = worker;
      view.clear();
      for (const backend of BACKENDS) {
        /** @type {number[]} */
        const times = [];
        const onStep = (/** @type {import('./training.js').Step} */ { milliseconds }) => {
          times.push(milliseconds);
          view.set(backend, times);
        };
        await answer(api.measure(backend, samples(), { ...options(), ...LIMITS }, proxy(onStep)));
      }
      view.finish();
    })();
    try {
      await Promise.race([measured, cancelled]);
    } catch (error) {
      showFailure(messages, error);
    } finally {
      cancel = undefined;
      worker?.stop();
      measured.catch(() => {}); // a stopped worker gives no answer
      button.textContent = 'Compare';
    }
  }

  return { run, cancel: () => cancel?.() };
}
