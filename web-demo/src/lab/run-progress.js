import { element } from '../shared/dom.js';

/**
 * Shows the progress of a measurement and a button that cancels it.
 *
 * @param {HTMLElement} host
 * @param {() => void} cancel
 */
export function runProgress(host, cancel) {
  const label = element('span', { role: 'status' });
  const bar = element('progress', { max: 1, value: 0, 'aria-label': 'Progress of the measurement' });
  const button = element('button', { type: 'button', id: 'cancel', onclick: cancel }, 'Cancel');
  const view = element('div', { className: 'progress' }, label, bar, button);
  return {
    /** @param {string} text @param {number} fraction */
    show(text, fraction) {
      const shown = `${text} …`;
      if (label.textContent !== shown) label.textContent = shown; // screen readers announce each assignment
      bar.value = fraction;
      if (!view.isConnected) host.append(view);
    },
    hide: () => view.remove(),
    focus: () => button.focus(),
    hasFocus: () => button === document.activeElement,
  };
}
