import { readFileSync } from 'node:fs';

// What machine-code.js runs with V8's flags. Compiling is enough: with --no-wasm-lazy-compilation all functions are compiled at once.

try {
  new WebAssembly.Module(readFileSync(process.argv[2]));
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
