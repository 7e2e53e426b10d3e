import { readEnumerators } from './function-name.js';
import { hotLoops } from './hot-loops.js';
import { machineCode, MachineCodeError, openNode } from './machine-code.js';
import { modulesToRead, sourceTexts } from './modules.js';
import { readOptions } from './options.js';
import { jsonReport, textReport } from './report.js';

const options = readOptions(process.argv.slice(2));
try {
  await printSpills();
} catch (error) {
  if (!(error instanceof MachineCodeError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

async function printSpills() {
  const node = await openNode(options.node, options);
  const enumerators = readEnumerators(sourceTexts());
  const modules = [];
  for (const module of modulesToRead(options.wasm)) modules.push(await readModule(module, node, enumerators));
  if (modules.length === 0) throw new MachineCodeError('There is no module in dist/; `npm run build` makes them.');
  if (modules.every(({ error }) => error)) throw new MachineCodeError(modules.map(({ error }) => error).join('\n'));
  console.log(options.json ? jsonReport(node, modules, options) : textReport(node, modules, options));
}

/** One that cannot be compiled does not keep the others from being shown. */
async function readModule({ title, file }, node, enumerators) {
  try {
    return { title, file, loops: hotLoops(await machineCode(node, file), enumerators, options) };
  } catch (error) {
    if (!(error instanceof MachineCodeError)) throw error;
    return { title, file, error: error.message };
  }
}
