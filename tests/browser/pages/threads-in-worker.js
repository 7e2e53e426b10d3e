globalThis.report = new Promise((resolve) => {
  const worker = new Worker('threads-worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => resolve({ error: `the worker failed: ${message}` });
});
