globalThis.report = new Promise((resolve) => {
  const worker = new Worker(`package-worker.js${location.search}`, { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => resolve({ error: `the worker failed: ${message}` });
});
