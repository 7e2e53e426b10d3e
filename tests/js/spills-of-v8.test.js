import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../bench/spills/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'spills-'));
after(() => rmSync(folder, { recursive: true }));

const skip = process.arch === 'x64' ? false : 'x86-64 only';

function spills(...args) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
}

function fileWith(name, bytes) {
  const file = join(folder, name);
  writeFileSync(file, new Uint8Array(bytes));
  return file;
}

/** The hot loops that --json shows of a module. */
function loopsOf(file) {
  const { status, stdout, stderr } = spills('--json', '--wasm', file);
  assert.equal(status, 0, stderr);
  const [module] = JSON.parse(stdout).modules;
  return module.loops;
}

/**
 * A module with one function (i32 from) that loads `terms` coefficients, and then has a loop that reads a vector x and stores the sum of
 * coefficient · x^k in its place.
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

/** A number below 8192 that is valid as signed and as unsigned. */
function leb(value) {
  return value < 64 ? [value] : [(value & 127) | 128, value >> 7];
}

test("coefficients that fit into this V8's registers are not spilled, others are", { skip }, () => {
  const [fitting, ...noOthers] = loopsOf(fileWith('fitting.wasm', polynomialModule(6)));
  assert.deepEqual(noOthers, []);
  assert.equal(fitting.function, 'wasm-function[0]');
  assert.equal(fitting.counts.vectorSpills, 0);
  // V8 may unroll: 5 multiplications for each x.
  const rounds = fitting.counts.multiplies / 5;
  assert.ok(Number.isInteger(rounds) && rounds > 0, `${fitting.counts.multiplies} multiplications`);
  const { adds, loads, stores } = fitting.counts;
  assert.deepEqual({ adds, loads, stores }, { adds: 5 * rounds, loads: rounds, stores: rounds });

  const [spilling] = loopsOf(fileWith('spilling.wasm', polynomialModule(24)));
  assert.ok(spilling.counts.vectorSpills >= 24 - 15, `${spilling.counts.vectorSpills} spills`);
});

test('a module that cannot be compiled is reported beside the others, and ends with 1 only by itself', { skip }, () => {
  const bad = fileWith('bad.wasm', [1, 2, 3]);
  const alone = spills('--wasm', bad);
  assert.equal(alone.status, 1);
  assert.match(alone.stderr, /^error: Node \S+ could not compile .*bad\.wasm: .*(magic|WebAssembly)/);
  assert.equal(alone.stdout, '');

  const both = spills('--wasm', bad, '--wasm', fileWith('good.wasm', polynomialModule(24)));
  assert.equal(both.status, 0);
  assert.match(both.stdout, /could not compile/);
  assert.match(both.stdout, /^function +loop +instr\. +mul +add +loads +stores +vector spills +other spills$/m);
  assert.match(both.stdout, /^wasm-function\[0\] +\+[0-9a-f]+ +\d+/m);
  assert.match(both.stdout, /^1 of 1 loops spill vectors\.$/m);
  assert.match(both.stdout, new RegExp(`^Node ${process.versions.node.replaceAll('.', '\\.')} .*x64$`, 'm'));
});

test('--code lists the instructions of the loop, and --filter leaves functions out', { skip }, () => {
  const file = fileWith('listed.wasm', polynomialModule(3));
  assert.match(spills('--code', '--wasm', file).stdout, /^ +\+[0-9a-f]+ {2}v?mulps xmm/m);
  assert.match(spills('--filter', 'no such', '--wasm', file).stdout, /^No such loop\.$/m);
});

/** What stands in for a Node: answers the question about its machine, and prints `code` for a module. */
function standIn(arch, code) {
  const answer = JSON.stringify({ version: '1.2.3', v8: '4.5', arch });
  const file = fileWith(`node-${arch}`, []);
  writeFileSync(file, `#!/bin/sh\ncase "$*" in *-p*) echo '${answer}' ;; *) printf '${code}' ;; esac\n`);
  chmodSync(file, 0o755);
  return file;
}

test('another machine, and a V8 without a disassembler, are named as the reason', () => {
  const module = fileWith('any.wasm', []);
  const elsewhere = spills('--wasm', module, '--node', standIn('arm64', ''));
  assert.equal(elsewhere.status, 1);
  assert.match(elsewhere.stderr, /^error: Machine code for arm64 is not supported, only x86-64 \(x64\) is\.$/m);

  const mute = spills('--wasm', module, '--node', standIn('x64', '--- WebAssembly code ---\\nindex: 0\\n'));
  assert.equal(mute.status, 1);
  assert.match(mute.stderr, /^error: Node 1\.2\.3 .*without a disassembler/);
});

test('a Node that does not run and a bad expression are errors', () => {
  const { status, stderr } = spills('--node', join(folder, 'nothing'));
  assert.deepEqual([status, stderr], [1, `error: --node: ${join(folder, 'nothing')} is not a Node that can be run.\n`]);
  const bad = spills('--filter', '(');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /--filter/);
});
