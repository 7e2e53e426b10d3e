import { element } from '../shared/element.js';

/**
 * Boxes to tick, at least one of which stays ticked.
 *
 * @param {HTMLElement} host
 * @param {{ id: string, title: string, kind?: string, unavailable?: string }[]} items `unavailable`: why it cannot be chosen
 * @param {(ids: string[]) => void} changed
 * @returns {{ show: (ids: string[]) => void, chosen: () => string[] }}
 */
export function checkList(host, items, changed) {
  const boxes = items.map(({ id, title, kind, unavailable }) => {
    const box = element('input', { type: 'checkbox', value: id, disabled: Boolean(unavailable) });
    const words = element('span', {}, title);
    for (const more of [kind, unavailable]) {
      if (more) words.append(' ', element('span', { className: 'hint' }, more));
    }
    host.append(element('label', {}, box, words));
    return box;
  });
  const chosen = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  host.addEventListener('change', ({ target }) => {
    if (chosen().length === 0) /** @type {HTMLInputElement} */ (target).checked = true;
    changed(chosen());
  });
  return {
    show(ids) {
      for (const box of boxes) box.checked = ids.includes(box.value) && !box.disabled;
      const free = boxes.find(({ disabled }) => !disabled);
      if (chosen().length === 0 && free) free.checked = true;
    },
    chosen,
  };
}
