import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseDisassembly } from './disassembly.js';

const run = promisify(execFile);
const compileModule = fileURLToPath(new URL('compile-module.js', import.meta.url));

/** Liftoff's code, of which a kernel runs little, spills as a rule. */
const printOptimizedCode = ['--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code'];
const relaxedSimd = '--experimental-wasm-relaxed-simd';

/** What cannot be helped by the program: shown as its message alone. */
export class MachineCodeError extends Error {}

/**
 * The Node to ask, checked: { path, version, v8, arch, flags }. With `relaxed` it gets the flag for relaxed SIMD if it knows it; newer ones
 * have neither flag nor need.
 */
export async function openNode(path, { relaxed }) {
  const wanted = relaxed ? [relaxedSimd] : [];
  const answer = (await ask(path, wanted)) ?? (await ask(path, []));
  if (!answer) throw new MachineCodeError(`--node: ${path} is not a Node that can be run.`);
  if (answer.arch !== 'x64') {
    throw new MachineCodeError(`Machine code for ${answer.arch} is not supported, only x86-64 (x64) is.`);
  }
  return { path, ...answer };
}

async function ask(path, flags) {
  const question = 'JSON.stringify({ version: process.versions.node, v8: process.versions.v8, arch: process.arch })';
  try {
    const { stdout } = await run(path, [...flags, '-p', question]);
    return { ...JSON.parse(stdout), flags };
  } catch {
    return null;
  }
}

/** The functions of the module in `file` (disassembly.js), as this Node's V8 compiles them for this machine. */
export async function machineCode(node, file) {
  const functions = parseDisassembly(await printed(node, file));
  if (!functions.some(({ instructions }) => instructions.length > 0)) {
    throw new MachineCodeError(
      `Node ${node.version} (${node.path}) prints no machine code: its V8 was built without a disassembler. Node's own builds from
nodejs.org have one; --node names another Node.`,
    );
  }
  return functions;
}

async function printed(node, file) {
  try {
    const { stdout } = await run(node.path, [...node.flags, ...printOptimizedCode, compileModule, file], {
      maxBuffer: Infinity,
    });
    return stdout;
  } catch (error) {
    const reason = error.stderr?.trim() || error.message;
    const hint =
      /opcode/.test(reason) && node.flags.length === 0 ? '\nIf it has relaxed SIMD, --relaxed may help.' : '';
    throw new MachineCodeError(`Node ${node.version} could not compile ${file}: ${reason}${hint}`);
  }
}
