/**
 * The settings of a page, stored in the hash of its address, so that a link restores them: `filter.html#effect=blur&kernel=5`. The hash
 * omits defaults.
 *
 * A setting parses a text, and returns undefined when the text is not allowed.
 *
 * @template Value
 * @typedef {{ fallback: Value, parse: (text: string) => Value | undefined }} Setting
 */

/** One of some texts. @template {string} Choice @param {readonly Choice[]} choices @param {Choice} fallback @returns {Setting<Choice>} */
export function oneOf(choices, fallback) {
  return { fallback, parse: (text) => choices.find((choice) => choice === text) };
}

/**
 * Some of a list of texts, at least one, separated by commas and in the order of the list.
 *
 * @param {readonly string[]} choices
 * @param {readonly string[]} [fallback] default: all
 * @returns {Setting<string>}
 */
export function someOf(choices, fallback = choices) {
  return {
    fallback: fallback.join(),
    parse(text) {
      const names = text.split(',');
      return names.every((name) => choices.includes(name)) ? choices.filter((name) => names.includes(name)).join() : undefined; // prettier-ignore
    },
  };
}

/** A whole number. @param {{ from: number, to: number, fallback: number }} range @returns {Setting<number>} */
export function wholeNumber({ from, to, fallback }) {
  return {
    fallback,
    parse: (text) => (/^-?\d+$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : undefined),
  };
}

/** A text. @param {string} fallback @param {RegExp} [pattern] that the text must match @returns {Setting<string>} */
export function text(fallback, pattern = /^/) {
  return { fallback, parse: (given) => (pattern.test(given) ? given : undefined) };
}

/**
 * @template {Record<string, any>} Values
 * @param {{ [Name in keyof Values]: Setting<Values[Name]> }} kinds
 */
export function pageSettings(kinds) {
  const read = () => {
    const given = new URLSearchParams(location.hash.slice(1));
    const values = Object.entries(kinds).map(([name, { fallback, parse }]) => [
      name,
      (given.has(name) ? parse(given.get(name) ?? '') : undefined) ?? fallback,
    ]);
    return /** @type {Values} */ (Object.fromEntries(values));
  };
  return {
    /** Returns the settings of the address, with defaults for missing and invalid settings. */
    read,
    /** Changes the address, without a new entry in the history. @param {Partial<Values>} changes @returns all settings after the change */
    write(changes) {
      const values = { ...read(), ...changes };
      const changed = Object.entries(values).filter(([name, value]) => value !== kinds[name].fallback);
      const hash = new URLSearchParams(changed.map(([name, value]) => [name, String(value)])).toString();
      history.replaceState(history.state, '', hash ? `#${hash}` : location.pathname + location.search);
      return values;
    },
    /** Calls `listener` when the user edits the address or goes back to an earlier address. @param {(values: Values) => void} listener */
    onChange(listener) {
      addEventListener('hashchange', () => listener(read()));
    },
  };
}
