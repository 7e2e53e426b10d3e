/**
 * A page's settings in the hash of its address, so that a link brings them back: `filter.html#effect=blur&kernel=5`. Defaults are left out.
 *
 * A kind of setting reads a text, and gives undefined for one that it does not allow.
 *
 * @template Value
 * @typedef {{ fallback: Value, read: (text: string) => Value | undefined }} Kind
 */

/** @template {string} Choice @param {readonly Choice[]} choices @param {Choice} fallback @returns {Kind<Choice>} */
export function oneOf(choices, fallback) {
  return { fallback, read: (text) => choices.find((choice) => choice === text) };
}

/** A whole number. @param {{ from: number, to: number, fallback: number }} range @returns {Kind<number>} */
export function wholeNumber({ from, to, fallback }) {
  return {
    fallback,
    read: (text) => (/^-?\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined),
  };
}

/** @param {string} fallback @param {RegExp} [pattern] @returns {Kind<string>} */
export function text(fallback, pattern = /^/) {
  return { fallback, read: (given) => (pattern.test(given) ? given : undefined) };
}

/**
 * @template {Record<string, any>} Values
 * @param {{ [Name in keyof Values]: Kind<Values[Name]> }} kinds
 */
export function pageSettings(kinds) {
  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    const values = Object.entries(kinds).map(([name, { fallback, read }]) => [
      name,
      (given.has(name) ? read(given.get(name) ?? '') : undefined) ?? fallback,
    ]);
    return /** @type {Values} */ (Object.fromEntries(values));
  };
  return {
    /** What the address says, and the defaults for what it does not. */
    read,
    /** Changes the address, without a step in the history. @param {Partial<Values>} changes @returns all settings, as they are then */
    write(changes) {
      const values = { ...read(), ...changes };
      const told = Object.entries(values).filter(([name, value]) => value !== kinds[name].fallback);
      const hash = new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
      history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
      return values;
    },
    /** Calls back when the reader changes the address, or goes back to another. @param {(values: Values) => void} listener */
    onChange(listener) {
      addEventListener('hashchange', () => listener(read()));
    },
  };
}
