import { element } from '../shared/element.js';
import { titleOfPass } from './passes.js';

/**
 * Shows how far a run is, and a button that ends it.
 *
 * @param {HTMLElement} host
 * @param {() => void} cancel
 */
export function runProgress(host, cancel) {
  const label = element('span', { role: 'status' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Measured so far' });
  const button = element('button', { type: 'button', id: 'cancel', onclick: cancel }, 'Cancel');
  const shown = element('div', { className: 'progress' }, label, bar, button);
  return {
    /** @param {string} what a pass, or words @param {number} fraction */
    show(what, fraction) {
      const words = `${titleOfPass(what)} …`;
      if (label.textContent !== words) label.textContent = words; // what has not changed is not read out again
      bar.value = fraction;
      if (!shown.isConnected) host.append(shown);
    },
    hide: () => shown.remove(),
    focus: () => button.focus(),
    hasFocus: () => button === document.activeElement,
  };
}
