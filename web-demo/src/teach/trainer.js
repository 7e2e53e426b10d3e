import { proxy } from 'comlink';
import { startWorker } from '../shared/worker-harness.js';

/** @typedef {import('./backends.js').Backend} Backend */
/** @typedef {import('./training.js').Step} Step */

/** The worker, in which all of TensorFlow.js runs. */
export class Trainer {
  /** @type {Awaited<ReturnType<typeof startWorker<import('./teach.worker.js').Api>>> | undefined} */
  #worker;

  async start() {
    this.#worker = await startWorker(
      () => new Worker(new URL('./teach.worker.js', import.meta.url), { type: 'module' }),
    );
  }

  get #started() {
    if (!this.#worker) throw new Error('The worker has not been started.');
    return this.#worker;
  }

  get api() {
    return this.#started.api;
  }

  /** Rejects when the worker breaks. */
  get failure() {
    return this.#started.failure;
  }

  /** @param {Backend} backend */
  prepare(backend) {
    return Promise.race([this.api.prepare(backend), this.failure]);
  }

  /** @param {Backend} backend @param {import('./batches.js').Samples} samples @param {number} epochs @param {(step: Step) => void} onStep */
  train(backend, samples, epochs, onStep) {
    return Promise.race([this.api.train(backend, samples, epochs, proxy(onStep)), this.failure]);
  }

  /**
   * The first steps of that training, without a model that stays.
   *
   * @param {Backend} backend
   * @param {import('./batches.js').Samples} samples
   * @param {number} steps
   * @param {(step: Step) => void} onStep
   */
  measure(backend, samples, steps, onStep) {
    return Promise.race([this.api.measure(backend, samples, steps, proxy(onStep)), this.failure]);
  }

  stop() {
    this.api.stop();
  }
}
