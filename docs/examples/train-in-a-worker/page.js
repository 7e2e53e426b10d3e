// The page: it sends data to the worker, and shows what the worker answers.
const [train, stop, status] = ['train', 'stop', 'status'].map((id) => document.getElementById(id));

export function connect(worker) {
  const answers = {
    ready() {
      train.disabled = false;
      status.textContent = 'Ready';
    },
    progress({ epoch, loss }) {
      status.textContent = `Epoch ${epoch + 1}: loss ${loss.toFixed(4)}`;
    },
    saved({ epochs, address }) {
      [train.disabled, stop.disabled] = [false, true];
      status.textContent = `Saved as ${address} after ${epochs} epochs`;
    },
    failed({ message }) {
      status.textContent = message;
    },
  };
  worker.onmessage = ({ data }) => answers[data.type](data);
  worker.onerror = ({ message }) => answers.failed({ message });

  train.onclick = () => {
    [train.disabled, stop.disabled] = [true, false];
    const { x, y, count } = makeData();
    // The list transfers the buffers: they are moved, not copied, and x and y are empty afterwards.
    worker.postMessage({ type: 'train', x, y, count, epochs: 1000 }, [x.buffer, y.buffer]);
  };
  stop.onclick = () => worker.postMessage({ type: 'stop' });
}

/** Returns pictures of 12 × 12 with a horizontal or a vertical line. */
function makeData(count = 64) {
  const [x, y] = [new Float32Array(count * 144), new Float32Array(count * 2)];
  for (let i = 0; i < count; ++i) {
    const isVertical = i % 2;
    const line = Math.floor(Math.random() * 12);
    for (let j = 0; j < 12; ++j) x[i * 144 + (isVertical ? j * 12 + line : line * 12 + j)] = 1;
    y[i * 2 + isVertical] = 1;
  }
  return { x, y, count };
}
