/**
 * Reads what V8 prints with --print-wasm-code, x86-64. Node 20 and 24 print alike:
 *
 *     --- WebAssembly code ---
 *     name: void sweep<3>(float const*)
 *     index: 210
 *     …
 *     Instructions (size = 1616)
 *     0x6a88ee462c0     0  55                   push rbp
 *     0x6a88ee462ec    2c  0f8efa030000         jle 0x6a88ee466ec  <+0x42c>
 *     0x6a88ee46310    50  6a88ee462c8       jump table entry    8
 *
 * the columns being address, offset (hexadecimal, as in <+0x42c>), bytes and text. The table of a switch stands behind the code.
 */

const heading = /^--- WebAssembly code ---$/m;
const line = /^0x[0-9a-f]+ +([0-9a-f]+) +[0-9a-f]+ +(.*)$/;
const tableEntry = /^jump table entry +(\d+)/;

/**
 * The functions, by index: { index, name, instructions: [{ offset, text }], tables: a Map from the offset of each entry to the offset it
 * leads to }. Without a name section `name` is V8's own, wasm-function[210]; without a disassembler in V8 `instructions` is empty.
 */
export function parseDisassembly(text) {
  return text
    .split(heading)
    .slice(1)
    .map(parseFunction)
    .sort((a, b) => a.index - b.index);
}

function parseFunction(text) {
  const field = (name) => text.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
  const index = Number(field('index'));
  const instructions = [];
  const tables = new Map();
  for (const instruction of codeLines(text)) {
    const entry = instruction.text.match(tableEntry);
    if (entry) tables.set(instruction.offset, Number(entry[1]));
    else instructions.push(instruction);
  }
  return { index, name: field('name') ?? `wasm-function[${index}]`, instructions, tables };
}

function* codeLines(text) {
  const start = text.search(/^Instructions \(/m);
  if (start === -1) return;
  // The tables that follow the code have no lines of that form.
  for (const row of text.slice(start).split('\n')) {
    const match = row.match(line);
    if (match) yield { offset: parseInt(match[1], 16), text: withoutAddress(match[2].trim()) };
  }
}

/** jle 0x6a88ee466ec  <+0x42c> without the address, which is another one in each run. */
function withoutAddress(text) {
  return text.replace(/0x[0-9a-f]+ +(?=<\+|\()/, '');
}
