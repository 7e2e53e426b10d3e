/**
 * Returns the declarations of a .d.ts file without comments, one a line. The line of a member begins with its interface, class or union, such
 * as `interface LoadOptions: threads?: number`. The digests of two files differ in the lines of the declarations that differ.
 *
 * @param {string} source
 * @returns {string[]}
 */
export function apiDigest(source) {
  const text = source
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '') // comments
    .replaceAll(/\s+/g, ' ');
  const lines = [];
  let container = ''; // the interface or class around the character
  let depth = 0; // of brackets
  let start = 0; // of the declaration

  for (let i = 0; i < text.length; ++i) {
    const character = text[i];
    const declaration = text.slice(start, i).trim();
    if (character === '{' && depth === 0 && /^(export )?(declare )?(interface|class) /.test(declaration)) {
      lines.push(declaration);
      container = declaration.match(/(?:interface|class) \w+/)[0];
      start = i + 1;
    } else if (character === ';' && depth === (container ? 1 : 0)) {
      lines.push(...(container ? [`${container}: ${declaration}`] : membersOf(declaration)));
      start = i + 1;
    }
    if ('{(['.includes(character)) ++depth;
    if ('})]'.includes(character)) --depth;
    if (character === '}' && depth === 0 && container) {
      container = '';
      start = i + 1;
    }
  }
  return lines;
}

/** Returns a line for each member of a union of texts, and other declarations as they are. */
function membersOf(declaration) {
  const [, name, union] = declaration.match(/^export (type \w+) = ((?:\|? ?'[^']*' ?)+)$/) ?? [];
  if (!union) return [declaration];
  return [`export ${name}`, ...union.match(/'[^']*'/g).map((member) => `${name}: ${member}`)];
}
