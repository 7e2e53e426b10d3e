import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildModule } from './cmake.js';
import { projectRoot } from './project-root.js';
import { findOrInstallEmscripten } from './setup/emscripten.js';
import { runScript } from './steps.js';

runScript(async () => {
  await buildModule(await findOrInstallEmscripten());
  printSizes(join(projectRoot, 'dist'));
});

function printSizes(folder) {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
  for (const name of readdirSync(folder).sort()) {
    const content = readFileSync(join(folder, name));
    const gzipped = gzipSync(content, { level: 9 }).length;
    console.log(`  dist/${name.padEnd(28)} ${kilobytes(content.length)} ${kilobytes(gzipped)} gzipped`);
  }
}
