// The worker's part: it trains, reports, stops and saves. The backend is set before.

/**
 * @param {any} tf
 * @param {any} tfl the layers of tfjs
 */
export function serve(tf, tfl) {
  const model = tfl.sequential({
    layers: [
      tfl.layers.separableConv2d({ kernelSize: 3, filters: 8, activation: 'relu', inputShape: [12, 12, 1] }),
      tfl.layers.globalMaxPooling2d({}),
      tfl.layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy' });

  async function train({ x, y, count, epochs }) {
    const [images, labels] = [tf.tensor4d(x, [count, 12, 12, 1]), tf.tensor2d(y, [count, 2])];
    const { epoch } = await model.fit(images, labels, {
      ...{ epochs, batchSize: 32, verbose: 0 },
      // By default tfjs waits for requestAnimationFrame, which does not run in a hidden tab.
      yieldEvery: 'never',
      callbacks: {
        onBatchEnd: nextTask,
        onEpochEnd: (epoch, { loss }) => postMessage({ type: 'progress', epoch, loss }),
      },
    });
    tf.dispose([images, labels]);
    const address = 'indexeddb://lines';
    await model.save(address);
    postMessage({ type: 'saved', epochs: epoch.length, address });
  }

  onmessage = ({ data }) => {
    if (data.type === 'stop') model.stopTraining = true;
    else train(data).catch(({ message }) => postMessage({ type: 'failed', message }));
  };
  postMessage({ type: 'ready' });
}

const { port1, port2 } = new MessageChannel();

/** Waits until the messages that have arrived are handled. Browsers delay timers of hidden tabs, but not messages. */
function nextTask() {
  return new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(undefined);
  });
}
