import Table from 'cli-table3';

/**
 * What --json prints:
 *
 * {
 *   "node": { "path", "version", "v8", "arch", "flags" },
 *   "modules": [{
 *     "title": "dist/depthwise.wasm", "file": what was compiled, "error": why it could not be, instead of loops,
 *     "loops": [{
 *       "function", "index": of the function in the module, "offset": of the loop in the function's code, "isInnermost",
 *       "counts": { "instructions", "multiplies", "adds", "fused", "loads", "stores", "vectorSpills", "scalarSpills" },
 *       "instructions": [{ "offset", "text" }], with --code
 *     }]
 *   }]
 * }
 */
export function jsonReport(node, modules, { code }) {
  const shown = (key, value) => (key === 'instructions' && Array.isArray(value) && !code ? undefined : value);
  return JSON.stringify({ node, modules }, shown, 2);
}

const columns = [
  ['instr.', 'instructions'],
  ['mul', 'multiplies'],
  ['add', 'adds'],
  ['fma', 'fused'],
  ['loads', 'loads'],
  ['stores', 'stores'],
  ['vector spills', 'vectorSpills'],
  ['other spills', 'scalarSpills'],
];

/** A table for each module, and with `code` the instructions of its loops. */
export function textReport(node, modules, { code }) {
  const parts = modules.map((module) => [module.title, '', ...moduleLines(module, code), '']);
  return [...parts.flat(), `Node ${node.version} (V8 ${node.v8}), ${[node.arch, ...node.flags].join(' ')}`].join('\n');
}

function moduleLines({ loops, error }, code) {
  if (error) return [error];
  if (loops.length === 0) return ['No such loop.'];
  const spilling = loops.filter(({ counts }) => counts.vectorSpills > 0).length;
  const listings = code ? loops.flatMap((loop) => [listing(loop), '']) : [];
  return [tableOf(loops), '', ...listings, `${spilling} of ${loops.length} loops spill vectors.`];
}

function tableOf(loops) {
  const shown = columns.filter(([, key]) => key !== 'fused' || loops.some(({ counts }) => counts.fused > 0));
  const table = new Table({
    head: ['function', 'loop', ...shown.map(([title]) => title)],
    chars: { ...noLines, middle: '  ' },
    colAligns: ['left', 'left', ...shown.map(() => 'right')],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const loop of loops) {
    table.push([shortened(loop.function), position(loop), ...shown.map(([, key]) => String(loop.counts[key]))]);
  }
  return table.toString();
}

const noLines = Object.fromEntries(
  ['top', 'bottom', 'left', 'mid', 'right'].flatMap((edge) =>
    ['', '-left', '-mid', '-right'].map((joint) => [`${edge}${joint}`, '']),
  ),
);

function shortened(name) {
  return name.length <= 72 ? name : `${name.slice(0, 71)}…`;
}

function position({ offset, isInnermost }) {
  return `${hexadecimal(offset)}${isInnermost ? '' : ' outer'}`;
}

function listing(loop) {
  const lines = loop.instructions.map(({ offset, text }) => `${hexadecimal(offset).padStart(10)}  ${text}`);
  return [`${loop.function} ${position(loop)}`, ...lines].join('\n');
}

function hexadecimal(offset) {
  return `+${offset.toString(16)}`;
}
