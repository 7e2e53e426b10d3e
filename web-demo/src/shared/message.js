import { element } from './element.js';

/**
 * Shows a message in the place of what was in `host`. Errors are read out at once, others when the reader pauses.
 *
 * @param {HTMLElement} host
 * @param {{ kind?: 'error' | 'info', title: string, text?: string, details?: string, action?: { label: string, run: () => void } }} message
 *   `details`: what only a developer wants to read, folded away
 */
export function showMessage(host, { kind = 'info', title, text, details, action }) {
  const message = element('div', {
    className: `message message-${kind}`,
    role: kind === 'error' ? 'alert' : 'status',
  });
  message.append(element('p', { className: 'message-title' }, title));
  if (text) message.append(element('p', {}, text));
  if (action) message.append(element('button', { type: 'button', onclick: action.run }, action.label));
  if (details) message.append(element('details', {}, element('summary', {}, 'Details'), element('pre', {}, details)));
  host.replaceChildren(message);
}

/** @param {HTMLElement} host */
export function clearMessage(host) {
  host.replaceChildren();
}
