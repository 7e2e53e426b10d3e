import { element } from './element.js';

/** What is over sooner needs no progress, which would only flicker. */
const PATIENCE_MS = 250;

/**
 * Shows in `host` that `work` is under way, until it ends.
 *
 * @template Result
 * @param {HTMLElement} host
 * @param {string} label such as 'Loading the kernels'
 * @param {(report: (fraction: number) => void) => Promise<Result>} work may report how much of it, from 0 to 1, is done
 * @returns {Promise<Result>}
 */
export async function withProgress(host, label, work) {
  const bar = element('progress', { max: 1, 'aria-label': label });
  const shown = element('div', { className: 'progress', role: 'status' }, element('span', {}, `${label} …`), bar);
  const timer = setTimeout(() => host.append(shown), PATIENCE_MS);
  try {
    return await work((fraction) => (bar.value = fraction));
  } finally {
    clearTimeout(timer);
    shown.remove();
  }
}
