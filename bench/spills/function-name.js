/**
 * The name of a function as the sources have it: without return type, parameters and the project's namespace, and with the names of
 * enumerators, of which a module knows the numbers: (depthwise::Write)1. `enumerators` is what readEnumerators returns.
 */
export function readableName(demangled, enumerators = new Map()) {
  return withoutTypes(demangled)
    .replaceAll('depthwise::', '')
    .replace(/\((?:\w+::)*(\w+)\)(\d+)/g, (text, type, value) => enumerators.get(type)?.[value] ?? text);
}

function withoutTypes(demangled) {
  const name = demangled
    .replaceAll('(anonymous namespace)::', '')
    .replaceAll('operator()', 'operator[]') // not a list of parameters
    .replace(/\) const(?=::|$)/g, ')');
  let short = '';
  let angles = 0;
  let parentheses = 0;
  for (const character of name) {
    // Parentheses between angles are casts of template arguments, angles between parentheses part of a type.
    if (parentheses === 0 && character === '<') angles += 1;
    if (parentheses === 0 && character === '>') angles -= 1;
    if (angles === 0 && character === '(') parentheses += 1;
    if (angles === 0 && parentheses === 0 && character === ' ') short = '';
    else if (parentheses === 0) short += character;
    if (angles === 0 && character === ')') parentheses -= 1;
  }
  const isUnderstood = angles === 0 && parentheses === 0 && short !== '';
  return isUnderstood ? short.replaceAll('operator[]', 'operator()') : demangled;
}

/** A Map from the name of each enum class in C++ sources to the full names of its enumerators; without names that stand for several. */
export function readEnumerators(sources) {
  const found = sources.flatMap((text) => [
    ...text.replace(/\/\/.*$/gm, '').matchAll(/\benum class (\w+)\s*\{([^}]*)\}/g),
  ]);
  const names = found.map(([, name]) => name);
  const unique = found.filter(([, name]) => names.indexOf(name) === names.lastIndexOf(name));
  return new Map(unique.map(([, name, body]) => [name, enumeratorsIn(body).map((value) => `${name}::${value}`)]));
}

function enumeratorsIn(body) {
  const values = body.split(',').map((value) => value.trim());
  return values.filter((value) => value !== '');
}
