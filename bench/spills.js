import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { buildTasks } from '../scripts/build-tasks.js';
import { runTasks } from '../scripts/run-tasks.js';
import { append, listOf, plainTable } from './shared/command-line.js';
import { hottestLoops, innermostLoops, productsOf } from './shared/machine-code.js';

// npm run spills: the register spills of each hot loop of the wasm modules, read from the machine code that V8 prints.

const V8_FLAGS = ['--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code'];
const COMPILE = 'new WebAssembly.Module(require("fs").readFileSync(process.argv[1]))';

const ARCHITECTURES = ['x64', 'arm64'];

const explanation = `
Compiles the modules of dist/ (or their copies in build/wasm/named/, which contain the names of functions) with V8's optimizing compiler.
On x86-64, V8 allocates 15 vector registers, on 64-bit ARM more. It "spills" other values: it writes them to the stack and reads them back in each
iteration, which can halve the speed of a loop.

  loop           offset of the first instruction of the loop in the code of the function
  mul, add, fma  vector instructions (subtractions count as adds)
  loads, stores  vector loads and stores outside the stack
  spills         instructions that access the stack, for vectors and for other values (addresses, counters)

Examples:
  npm run spills -- --filter filterGradient --code
  npm run --silent spills -- --json > spills.json
  npm run spills -- --relaxed        also the modules with relaxed SIMD, in Node 20
  npm run spills -- --arch arm64     for 64-bit ARM: installs Node for ARM, which runs in QEMU
  npm run spills -- --arch x64,arm64 --filter microkernel
                                     both: instructions for each product of four floats, in the hottest loop of each function

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
  .addOption(
    new Option('--arch <names>', `processors, which of: ${ARCHITECTURES.join(',')}`)
      .argParser(listOf(ARCHITECTURES))
      .default([process.arch], 'this one'),
  )
  .option('--relaxed', 'turn relaxed SIMD on in a Node that has it behind a flag, such as Node 20')
  .addHelpText('after', explanation)
  .showHelpAfterError('(--help shows the options and examples)')
  .parse();
const options = program.opts();

/** The command and the first arguments of a Node for each architecture. */
const nodes = {};
for (const arch of options.arch) {
  nodes[arch] = arch === process.arch ? [options.node] : await nodeForArm();
}
const files = options.wasm?.map((file) => ({ title: file, file })) ?? modulesOfPackage();
const modules = files.flatMap((file) => options.arch.map((arch) => readModule(file, arch)));
if (options.json) {
  const isHidden = (key, value) => key === 'instructions' && Array.isArray(value) && !options.code;
  console.log(JSON.stringify({ modules }, (key, value) => (isHidden(key, value) ? undefined : value), 2));
} else if (options.arch.length > 1) {
  console.log(
    files.flatMap(({ title }) => comparisonOf(modules.filter((module) => module.title === title))).join('\n'),
  );
} else {
  console.log(modules.flatMap(reportOf).join('\n'));
}
if (modules.every(({ error }) => error)) program.error(`error: ${modules[0]?.error ?? 'dist/ contains no module'}`);

async function nodeForArm() {
  if (process.arch === 'arm64') program.error('error: --arch x64 needs a processor of this kind');
  return (await runTasks(buildTasks(), ['arm64'])).arm64;
}

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

function readModule({ title, file }, arch) {
  const [command, ...first] = nodes[arch];
  // The Node for 64-bit ARM is newer and has no such flag.
  const flags = options.relaxed && arch === process.arch ? ['--experimental-wasm-relaxed-simd', ...V8_FLAGS] : V8_FLAGS;
  try {
    const settings = /** @type {const} */ ({ encoding: 'utf8', maxBuffer: 2 ** 30, stdio: 'pipe' });
    const printed = execFileSync(command, [...first, ...flags, '-e', COMPILE, file], settings);
    if (!/^Instructions \(/m.test(printed))
      throw new Error(`the V8 of ${first.at(-1) ?? command} contains no disassembler`);
    const loops = printed
      .split('--- WebAssembly code ---')
      .slice(1)
      .flatMap((text) => innermostLoops(text, arch))
      .filter(({ function: name, counts }) => options.filter.test(name) && (options.all || computes(counts) > 0))
      .sort((a, b) => b.counts.vectorSpills - a.counts.vectorSpills || computes(b.counts) - computes(a.counts));
    return { title, file, arch, loops };
  } catch (error) {
    return { title, file, arch, error: error.stderr?.match(/^.*Error: .*$/m)?.[0] ?? error.message };
  }
}

function computes({ multiplies, adds, fused }) {
  return multiplies + adds + fused;
}

/** Compares the hottest loops of each function on the architectures. */
function comparisonOf(modules) {
  const [{ title }] = modules;
  const errors = modules.flatMap(({ arch, error }) => (error ? [`${arch}: ${error}`] : []));
  if (errors.length > 0) return [title, '', ...errors, ''];
  const hottest = modules.map(({ loops }) => hottestLoops(loops));
  const names = [...hottest[0].keys()].filter((name) => hottest.every((loops) => loops.has(name)));
  const columns = ['instr.', 'loads', 'stores', 'spills'];
  const head = [
    'per product of four floats',
    ...modules.flatMap(({ arch }) => columns.map((text) => `${arch} ${text}`)),
  ];
  const body = names.map((name) => [
    shortName(name),
    ...hottest.flatMap((loops) => {
      const { counts } = loops.get(name);
      const { instructions, loads, stores, vectorSpills } = counts;
      return [instructions, loads, stores, vectorSpills].map((count) => (count / productsOf(counts)).toFixed(2));
    }),
  ]);
  const table = body.length > 0 ? plainTable({ head, body, numbersFrom: 1 }) : ['No such loop.'];
  return [title, '', ...table, ''];
}

/** Returns the name of a C++ function without namespaces, types of arguments and names of enums. */
function shortName(name) {
  return name
    .replaceAll('(anonymous namespace)::', '')
    .replace(/\((?!depthwise::\w+\)\d).*$/, '')
    .replace(/\(depthwise::\w+\)/g, '')
    .replace(/^.* (?=[\w:]+(<.*>)?$)/, '')
    .replace('depthwise::', '');
}

function reportOf({ title, arch, loops, error }) {
  if (error) return [title, '', error, ''];
  if (arch !== process.arch) title += ` on ${arch}`;
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
