import { serve } from './serve.js';

// The script of a worker in browsers.
globalThis.onmessage = ({ data }) => serve(data, () => globalThis.postMessage('ready'));
