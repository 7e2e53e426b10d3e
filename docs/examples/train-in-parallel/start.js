/**
 * @typedef {object} Options
 * @property {number} steps
 * @property {number} batchSize of all workers together
 * @property {number} size the height and width of a picture
 * @property {boolean} batchNorm
 * @property {number} [seed] of the first weights
 */

/**
 * Connects workers with each other, and lets them train. Workers of pages and of Node have the same functions for messages to them.
 *
 * @param {{ postMessage(message: any, transfer: any[]): void }[]} workers
 * @param {Options} options
 * @param {(progress: { step: number, loss: number, milliseconds: number }) => void} [onStep]
 * @returns {Promise<Float32Array[]>} the weights of each worker
 */
export function trainWith(workers, options, onStep = () => {}) {
  const ports = workers.map(() => workers.map(() => undefined));
  for (let i = 0; i < workers.length; ++i) {
    for (let j = 0; j < i; ++j) {
      const channel = new MessageChannel();
      [ports[i][j], ports[j][i]] = [channel.port1, channel.port2];
    }
  }
  const results = workers.map((worker, index) => {
    const { port1, port2: report } = new MessageChannel();
    const message = { index, ports: ports[index], report, options };
    worker.postMessage(message, [report, ...ports[index].filter(Boolean)]);
    return new Promise((resolve, reject) => {
      port1.onmessage = ({ data }) => {
        if (data.step !== undefined) return onStep(data);
        port1.close();
        if (data.weights) resolve(data.weights);
        else reject(new Error(data.message));
      };
    });
  });
  return Promise.all(results);
}
