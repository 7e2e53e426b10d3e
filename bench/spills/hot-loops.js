import { countInstructions } from './count-instructions.js';
import { readableName } from './function-name.js';
import { findLoops } from './loops.js';

/**
 * The loops of functions (disassembly.js), those that spill vectors first, then those that compute most:
 *
 * [{ function: readable name, index: of the function in the module, offset, isInnermost, counts (count-instructions.js),
 *    instructions: [{ offset, text }] }]
 *
 * Without `all` only innermost loops that multiply or add vectors; `filter` is matched against the readable name.
 */
export function hotLoops(functions, enumerators, { all = false, filter = /(?:)/ } = {}) {
  const loops = functions.flatMap((code) => {
    const name = readableName(code.name, enumerators);
    return filter.test(name) ? findLoops(code).map((loop) => describe(name, code.index, loop)) : [];
  });
  const shown = all ? loops : loops.filter(({ isInnermost, counts }) => isInnermost && computed(counts) > 0);
  return shown.sort(
    (a, b) =>
      b.counts.vectorSpills - a.counts.vectorSpills ||
      computed(b.counts) - computed(a.counts) ||
      a.index - b.index ||
      a.offset - b.offset,
  );
}

function describe(name, index, { offset, isInnermost, instructions }) {
  return {
    function: name,
    index,
    offset,
    isInnermost,
    counts: countInstructions(instructions.map(({ text }) => text)),
    instructions,
  };
}

function computed({ multiplies, adds, fused }) {
  return multiplies + adds + fused;
}
