import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/**
 * The modules to look into: [{ title, file }]. For each in dist/ its copy with the names of functions, which CMake's target named_modules
 * makes; without a copy the module itself, whose functions then have numbers for names.
 */
export function modulesToRead(files) {
  if (files) return files.map((file) => ({ title: file, file }));
  const dist = join(root, 'dist');
  const names = existsSync(dist) ? readdirSync(dist).filter((name) => name.endsWith('.wasm')) : [];
  return names.sort().map((name) => {
    const copy = join(root, 'build/wasm/named', name);
    return { title: `dist/${name}`, file: existsSync(copy) ? copy : join(dist, name) };
  });
}

/** The texts of the C++ sources, which know the names of enumerators. */
export function sourceTexts() {
  const folder = join(root, 'cpp');
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(cpp|h)$/.test(name));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}
