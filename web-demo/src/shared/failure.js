import { CameraError } from './camera.js';
import { showMessage } from './message.js';
import { WorkerError } from './worker-harness.js';

/** Shows what went wrong, in words that say what to do about it. @param {HTMLElement} host @param {any} error */
export function showFailure(host, error) {
  showMessage(host, { kind: 'error', ...explain(error) });
}

/** @param {any} error */
function explain(error) {
  const text = String(error?.message ?? error);
  if (error instanceof CameraError) return { title: error.title, text };
  if (error instanceof WorkerError) {
    return {
      title: 'The worker of this page does not run.',
      text: 'This page computes in a worker, so that it never stalls, and the browser could not run it. Reload the page; an extension that blocks scripts may also be the reason.',
      action: { label: 'Reload', run: () => location.reload() },
      details: text,
    };
  }
  if (/no WebAssembly|WebAssembly is not defined/.test(text)) {
    return {
      title: 'This browser has no WebAssembly SIMD.',
      text: 'The kernels need it. Chrome and Edge have it since version 91, Firefox since 89, Safari since 16.4; a lockdown or high-security mode may have switched it off.',
      details: text,
    };
  }
  return {
    title: 'Something went wrong.',
    text: 'Reload the page to begin again.',
    action: { label: 'Reload', run: () => location.reload() },
    details: error?.stack ? `${text}\n\n${error.stack}` : text,
  };
}
