import { expose } from 'comlink';
import { READY } from './worker-ready.js';

/** Answers the page's calls of `api`: what a worker's script ends with. @param {object} api */
export function serve(api) {
  expose(api);
  postMessage(READY);
}
