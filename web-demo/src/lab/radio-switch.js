/**
 * Radio buttons of which one is chosen.
 *
 * @param {HTMLElement} host that holds them
 * @param {(value: string) => void} changed
 */
export function radioSwitch(host, changed) {
  const radios = /** @type {HTMLInputElement[]} */ ([...host.querySelectorAll('input[type="radio"]')]);
  host.addEventListener('change', ({ target }) => changed(/** @type {HTMLInputElement} */ (target).value));
  return {
    /** @param {string} value */
    show(value) {
      for (const radio of radios) radio.checked = radio.value === value;
    },
    chosen: () => radios.find(({ checked }) => checked)?.value ?? '',
  };
}
