import { element } from '../shared/element.js';
import { titleOfPass } from './passes.js';

/** Shows how far a run is. @param {HTMLElement} host */
export function runProgress(host) {
  const label = element('span', { role: 'status' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Measured so far' });
  return {
    /** @param {string} what a pass, or words @param {number} fraction */
    show(what, fraction) {
      const words = `${titleOfPass(what)} …`;
      if (label.textContent !== words) label.textContent = words; // what has not changed is not read out again
      bar.value = fraction;
      if (!label.isConnected) host.replaceChildren(element('div', { className: 'progress' }, label, bar));
    },
    hide() {
      host.replaceChildren();
    },
  };
}
