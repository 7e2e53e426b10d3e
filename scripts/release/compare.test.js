import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { projectRoot } from '../project-root.js';
import { apiDigest } from './api-digest.js';
import { compareVersions } from './compare.js';

test('a digest contains each declaration and each member in one line, without comments', () => {
  const source = `/** A module; { with brackets. */
import type { Other } from './other.js';

export type Name = 'a' | 'b';
export type Sizes = number | { width: number; height: number };
/** Options. */
export interface Options<T> extends Other {
  /** The count. */
  count?: number;
  call(options: { x: T; y: T }): T;
}
export class Tensor {
  private constructor();
}
export function load(options?: Options<number>): Promise<Tensor>;
`;
  assert.deepEqual(apiDigest(source), [
    "import type { Other } from './other.js'",
    'export type Name',
    "type Name: 'a'",
    "type Name: 'b'",
    'export type Sizes = number | { width: number; height: number }',
    'export interface Options<T> extends Other',
    'interface Options: count?: number',
    'interface Options: call(options: { x: T; y: T }): T',
    'export class Tensor',
    'class Tensor: private constructor()',
    'export function load(options?: Options<number>): Promise<Tensor>',
  ]);
});

const root = mkdtempSync(join(tmpdir(), 'depthwise-wasm-compare-'));
after(() => rmSync(root, { recursive: true }));

/** Returns a version as compareVersions takes it: a copy of this package, with changes. */
function versionWith(name, change = () => {}) {
  const [folder, tarball] = [join(root, name), join(root, `${name}.tgz`)];
  mkdirSync(folder);
  for (const part of ['package.json', 'js', 'dist'])
    cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
  writeFileSync(tarball, new Uint8Array(2048));
  change((path, edit) => {
    const file = join(folder, path);
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
  });
  return { folder, tarball };
}

test('two equal versions have the same entries and types', async () => {
  const text = await compareVersions(versionWith('a'), versionWith('b'));
  assert.match(text, /^(\S+) compared with \1$/m);
  assert.match(text, /^package, packed +2\.0 KB +2\.0 KB +\+0\.0 %$/m);
  assert.match(text, /^download of depthwise-wasm\/tfjs +(\S+) KB +\1 KB +\+0\.0 %$/m);
  assert.match(text, /The entries and the types are the same\.$/);
});

test('changes of the entries, the types and the sizes are listed', async () => {
  const later = versionWith('later', (edit) => {
    edit('package.json', (text) => text.replace(/"version": ".*"/, '"version": "9.0.0"').replace('>=20.19', '>=99'));
    edit('js/index.d.ts', (text) => text.replace('tensor(data: Float32Array,', 'tensor(data: Float64Array,'));
    edit('js/tfjs/index.d.ts', (text) => text.replace(/ {2}\| 'Conv2D'\n/, ''));
    edit('js/index.js', (text) => `${text}\nglobalThis.more = '${'0123456789abcdef'.repeat(4096)}';\n`);
  });
  const text = await compareVersions(versionWith('earlier'), later);
  assert.match(text, /^9\.0\.0 compared with /);
  const changes = text.slice(text.indexOf('js/index.d.ts:'));
  const tensor = (type) => `interface Depthwise: tensor(data: ${type}, shape: Shape): Tensor`;
  assert.deepEqual(changes.trim().split('\n'), [
    ...['js/index.d.ts:', `- ${tensor('Float32Array')}`, `+ ${tensor('Float64Array')}`, ''],
    ...['js/tfjs/index.d.ts:', "- type KernelName: 'Conv2D'", ''],
    ...['package.json:', '- engines node: >=20.19', '+ engines node: >=99'],
  ]);
  const [, before, after] = text.match(/^package, unpacked +(\S+) KB +(\S+) KB/m);
  assert.ok(Number(after) - Number(before) > 60, `${before} ${after}`);
});
