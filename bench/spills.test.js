// Spills in the machine code of a module with known loops.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('spills.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'spills-'));
after(() => rmSync(folder, { recursive: true }));

function spills(...args) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

/**
 * Returns a module with one function (i32 from). The function loads `terms` coefficients. Its loop replaces each vector x by the sum of
 * coefficient · x^k.
 */
function polynomialModule(terms) {
  const [localGet, localSet, localTee, i32Const] = [0x20, 0x21, 0x22, 0x41];
  const load = (offset) => [0xfd, 0x00, 4, ...leb(offset)];
  const [multiply, add] = [
    [0xfd, 0xe6, 0x01],
    [0xfd, 0xe4, 0x01],
  ];
  const [from, x, sum] = [0, terms + 1, terms + 2];
  const coefficients = Array.from({ length: terms }, (_, k) => k);
  const code = [
    ...[1, terms + 2, 0x7b], // locals: vectors
    ...coefficients.flatMap((k) => [i32Const, 0, ...load(16 * k), localSet, k + 1]),
    ...[0x03, 0x40, localGet, from, ...load(0), localSet, x, localGet, 1, localSet, sum], // loop
    ...coefficients
      .slice(1)
      .flatMap((k) => [localGet, sum, localGet, x, ...multiply, localGet, k + 1, ...add, localSet, sum]),
    ...[localGet, from, localGet, sum, 0xfd, 0x0b, 4, 0], // v128.store
    ...[localGet, from, i32Const, 16, 0x6a, localTee, from, i32Const, ...leb(4096), 0x49, 0x0d, 0], // from += 16; if less, again
    ...[0x0b, 0x0b],
  ];
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ];
}

function section(id, content) {
  return [id, ...leb(content.length), ...content];
}

/** Encodes a number below 8192, valid as signed and as unsigned. */
function leb(value) {
  return value < 64 ? [value] : [(value & 127) | 128, value >> 7];
}

test('a loop spills vectors when it uses more values than V8 has registers', { skip: process.arch !== 'x64' }, () => {
  const loopsOf = (terms) => {
    const file = join(folder, `${terms}.wasm`);
    writeFileSync(file, new Uint8Array(polynomialModule(terms)));
    const { status, stdout, stderr } = spills('--json', '--wasm', file);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout).modules[0].loops;
  };
  const [small, large] = [loopsOf(4), loopsOf(20)];
  assert.equal(small.length, 1);
  // V8 unrolls small loops.
  assert.equal(small[0].counts.multiplies % 3, 0);
  assert.equal(small[0].counts.adds, small[0].counts.multiplies);
  assert.equal(small[0].counts.vectorSpills, 0);
  assert.equal(large.length, 1);
  assert.ok(large[0].counts.vectorSpills >= 5, JSON.stringify(large[0].counts));
});

test('the table contains the loop, and a missing module is an error', { skip: process.arch !== 'x64' }, () => {
  const file = join(folder, 'table.wasm');
  writeFileSync(file, new Uint8Array(polynomialModule(4)));
  assert.match(spills('--wasm', file, '--code').stdout, /wasm-function\[0\] +\+[0-9a-f]+ .*vmulps|mulps/s);
  assert.match(spills('--wasm', file).stdout, /0 of 1 loops spill vectors/);
  assert.match(spills('--wasm', file, '--filter', 'nothing').stdout, /No such loop/);
  const { status, stderr } = spills('--wasm', join(folder, 'missing.wasm'));
  assert.equal(status, 1);
  assert.match(stderr, /missing\.wasm/);
});
