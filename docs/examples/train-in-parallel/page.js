// The page: half of the logical processors train, and the main thread stays free.
import { trainWith } from './start.js';

const [button, status] = ['train', 'status'].map((id) => document.getElementById(id));

button.onclick = async () => {
  button.disabled = true;
  const count = Math.min(4, Math.max(2, navigator.hardwareConcurrency >> 1));
  const create = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const workers = Array.from({ length: count }, create);
  const options = { steps: 20, batchSize: 8 * count, size: 32, batchNorm: true };
  const show = ({ step, loss }) => (status.textContent = `Step ${step + 1}: loss ${loss.toFixed(4)}`);
  try {
    const [weights] = await trainWith(workers, options, show);
    status.textContent += `, trained ${weights.length} weights with ${count} workers`;
  } catch ({ message }) {
    status.textContent = message;
  }
  for (const worker of workers) worker.terminate();
  button.disabled = false;
};
