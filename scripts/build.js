import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from './cmake.js';
import { projectRoot } from './project-root.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { installNodeModules } from './setup/node-modules.js';
import { runScript } from './steps.js';

runScript(async () => {
  await installNodeModules();
  await buildModule(await findOrInstallEmscripten());
  // These import a package, which may not have been there before.
  const { buildStandalone } = await import('./standalone/build.js');
  const sizes = await import('./download-sizes.js');
  await buildStandalone();
  printFiles(join(projectRoot, 'dist'), sizes);
  printDownloads(await sizes.downloadSizes(), sizes);
});

function printFiles(folder, { gzippedSize }) {
  for (const name of readdirSync(folder).sort()) {
    const content = readFileSync(join(folder, name));
    console.log(`  dist/${name.padEnd(28)} ${kilobytes(content.length)} ${kilobytes(gzippedSize(content))} gzipped`);
  }
}

function printDownloads(sizes, { LIMIT_BYTES }) {
  console.log('\nWhat a page downloads, minified and gzipped:\n');
  for (const { name, wasm, script, total } of sizes) {
    console.log(`  ${name.padEnd(33)} ${kilobytes(total)}: wasm ${kilobytes(wasm)}, JavaScript ${kilobytes(script)}`);
  }
  for (const { name, total } of sizes.filter((entry) => entry.total > LIMIT_BYTES)) {
    console.log(`\n${name} is over the limit of ${kilobytes(LIMIT_BYTES).trim()} by ${total - LIMIT_BYTES} bytes.`);
  }
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
}
