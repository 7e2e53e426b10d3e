import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { append, plainTable } from './shared/command-line.js';

// npm run spills: the register spills of each hot loop of the wasm modules, read from the machine code that V8 prints.

const V8_FLAGS = ['--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code'];
const COMPILE = 'new WebAssembly.Module(require("fs").readFileSync(process.argv[1]))';

const explanation = `
Compiles the modules of dist/ (or their copies in build/wasm/named/, which contain the names of functions) with V8's optimizing compiler.
Only for x86-64. V8 allocates 15 vector registers. It "spills" other values: it writes them to the stack and reads them back in each
iteration, which can halve the speed of a loop.

  loop           offset of the first instruction of the loop in the code of the function
  mul, add, fma  vector instructions (subtractions count as adds)
  loads, stores  vector loads and stores outside the stack
  spills         instructions that access the stack, for vectors and for other values (addresses, counters)

Examples:
  npm run spills -- --filter filterGradient --code
  npm run --silent spills -- --json > spills.json
  npm run spills -- --relaxed        also the modules with relaxed SIMD, in Node 20

Exit code: 0, or 1 when no machine code can be read.`;

const program = new Command('npm run spills --')
  .description(
    'Prints the register spills of each hot loop of the wasm modules; loops with the most vector spills first.',
  )
  .option('--all', 'every innermost loop, also loops without vector arithmetic')
  .option('--filter <regex>', 'only functions whose name matches', regularExpression, /(?:)/)
  .option('--code', 'print the instructions of each loop too')
  .option('--json', 'print JSON instead of the table')
  .option('--wasm <file>', 'a module instead of those in dist/ (may be repeated)', append)
  .option('--node <path>', 'another Node, to read the code of its V8', process.execPath)
  .option('--relaxed', 'turn relaxed SIMD on in a Node that has it behind a flag, such as Node 20')
  .addHelpText('after', explanation)
  .showHelpAfterError('(--help shows the options and examples)')
  .parse();
const options = program.opts();

const modules = (options.wasm?.map((file) => ({ title: file, file })) ?? modulesOfPackage()).map(readModule);
if (options.json) {
  const isHidden = (key, value) => key === 'instructions' && Array.isArray(value) && !options.code;
  console.log(JSON.stringify({ modules }, (key, value) => (isHidden(key, value) ? undefined : value), 2));
} else {
  console.log(modules.flatMap(reportOf).join('\n'));
}
if (modules.every(({ error }) => error)) program.error(`error: ${modules[0]?.error ?? 'dist/ contains no module'}`);

function regularExpression(text) {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(error.message);
  }
}

function modulesOfPackage() {
  const root = join(import.meta.dirname, '..');
  const dist = join(root, 'dist');
  const names = existsSync(dist) ? readdirSync(dist).filter((name) => name.endsWith('.wasm')) : [];
  return names.sort().map((name) => {
    const named = join(root, 'build/wasm/named', name);
    return { title: `dist/${name}`, file: existsSync(named) ? named : join(dist, name) };
  });
}

function readModule({ title, file }) {
  const flags = options.relaxed ? ['--experimental-wasm-relaxed-simd', ...V8_FLAGS] : V8_FLAGS;
  try {
    const settings = /** @type {const} */ ({ encoding: 'utf8', maxBuffer: 2 ** 30, stdio: 'pipe' });
    const printed = execFileSync(options.node, [...flags, '-e', COMPILE, file], settings);
    if (!/^Instructions \(/m.test(printed)) throw new Error(`the V8 of ${options.node} contains no disassembler`);
    const computes = ({ multiplies, adds, fused }) => multiplies + adds + fused;
    const loops = printed
      .split('--- WebAssembly code ---')
      .slice(1)
      .flatMap(innermostLoops)
      .filter(({ function: name, counts }) => options.filter.test(name) && (options.all || computes(counts) > 0))
      .sort((a, b) => b.counts.vectorSpills - a.counts.vectorSpills || computes(b.counts) - computes(a.counts));
    return { title, file, loops };
  } catch (error) {
    return { title, file, error: error.stderr?.match(/^.*Error: .*$/m)?.[0] ?? error.message };
  }
}

/** Returns the innermost loops of a function, from the text that V8 prints for it. */
function innermostLoops(text) {
  const index = Number(text.match(/^index: (\d+)/m)?.[1]);
  const name = text.match(/^name: (.*)$/m)?.[1] ?? `wasm-function[${index}]`;
  // Address, offset, bytes, instruction: `0x6a88ee462ec    2c  0f8efa030000         jle 0x6a88ee466ec  <+0x42c>`.
  const lines = text.slice(text.search(/^Instructions \(/m)).matchAll(/^0x[0-9a-f]+ +([0-9a-f]+) +[0-9a-f]+ +(.*)$/gm);
  const code = [...lines].map(([, offset, instruction]) => ({
    offset: parseInt(offset, 16),
    text: instruction.trim(),
  }));
  const targetOf = (instruction) => parseInt(instruction.match(/^j\w+ .*<\+0x([0-9a-f]+)>/)?.[1] ?? '', 16);
  // V8 moves the slow paths of stack guards (`cmp rsp,…; jna …`) to the end of the code; their jumps back close no loop.
  const guards = code.filter((_, i) => /^(REX\.W )?cmpq? rsp,/.test(code[i - 1]?.text));
  const end = Math.min(...guards.map((jump) => targetOf(jump.text)));
  const ranges = code.flatMap((jump, last) => {
    const target = targetOf(jump.text);
    const first = jump.offset < end && target <= jump.offset ? code.findIndex(({ offset }) => offset === target) : -1;
    return first >= 0 ? [[first, last]] : [];
  });
  const contains = ([first, last], inner) =>
    first <= inner[0] && inner[1] <= last && last - first > inner[1] - inner[0];
  const innermost = ranges.filter((range) => !ranges.some((other) => contains(range, other)));
  return innermost.map(([first, last]) => {
    const instructions = code.slice(first, last + 1).filter((instruction) => !instruction.text.startsWith('nop'));
    return { function: name, index, offset: instructions[0].offset, counts: countsOf(instructions), instructions };
  });
}

function countsOf(instructions) {
  const count = (...tests) => instructions.filter(({ text }) => tests.every((test) => test.test(text))).length;
  const vector = /^(?!v?\w+s[sd] |v?mov[dq] |v?p(ins|ext)r).*xmm/;
  const stack = /\[r[bs]p\b/;
  const elsewhere = /\[(?!r[bs]p\b)/;
  const vectorSpills = count(vector, stack);
  return {
    instructions: instructions.length,
    multiplies: count(/^v?mulp[sd] /),
    adds: count(/^v?(add|sub)p[sd] /),
    fused: count(/^vfn?m(add|sub)\d+p[sd] /),
    loads: count(vector, /^\S+ [^[]/, elsewhere),
    stores: count(vector, /^\S+ \[/, elsewhere),
    vectorSpills,
    otherSpills: count(/^(?!lea)/, stack) - vectorSpills,
  };
}

function reportOf({ title, loops, error }) {
  if (error) return [title, '', error, ''];
  const head = ['function', 'loop', 'instr.', 'mul', 'add', 'fma', 'loads', 'stores', 'vector spills', 'other spills'];
  const at = (offset) => `+${offset.toString(16)}`;
  const body = loops.map((loop) => [loop.function.slice(0, 90), at(loop.offset), ...Object.values(loop.counts)]);
  const listings = loops.flatMap(({ function: name, offset, instructions }) => [
    `${name} ${at(offset)}`,
    ...instructions.map((instruction) => `${at(instruction.offset).padStart(10)}  ${instruction.text}`),
    '',
  ]);
  const spilling = loops.filter(({ counts }) => counts.vectorSpills > 0).length;
  const table = loops.length > 0 ? plainTable({ head, body, numbersFrom: 2 }) : ['No such loop.'];
  return [
    title,
    '',
    ...table,
    '',
    ...(options.code ? listings : []),
    `${spilling} of ${loops.length} loops spill vectors.`,
    '',
  ];
}
