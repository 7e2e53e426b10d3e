/**
 * Returns a function that exchanges arrays between workers. Each worker calls the function with its array. The result contains the arrays of
 * all workers, in the order of the workers.
 *
 * @param {(MessagePort | undefined)[]} ports the port to each worker; undefined for this worker
 * @returns {(values: Float32Array) => Promise<Float32Array[]>}
 */
export function makeExchange(ports) {
  const inboxes = ports.map((port) => port && makeInbox(port));
  return (values) => {
    for (const port of ports) port?.postMessage(values); // a copy
    return Promise.all(inboxes.map((inbox) => (inbox ? inbox.next() : values)));
  };
}

/** Keeps the arrays that arrive before this worker needs them: another worker may be one step ahead. */
function makeInbox(port) {
  const arrived = [];
  const waiting = [];
  port.onmessage = ({ data }) => (waiting.length > 0 ? waiting.shift()(data) : arrived.push(data));
  return {
    next: () =>
      arrived.length > 0 ? Promise.resolve(arrived.shift()) : new Promise((resolve) => waiting.push(resolve)),
  };
}

/** Returns the mean of arrays. Every worker adds them in the same order, so all workers get the same bits. */
export function meanOf(arrays) {
  const mean = new Float32Array(arrays[0].length);
  for (const array of arrays) for (let i = 0; i < mean.length; ++i) mean[i] += array[i] / arrays.length;
  return mean;
}
