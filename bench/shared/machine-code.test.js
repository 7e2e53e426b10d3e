// Loops and instructions of machine code, in the form that V8 prints.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hottestLoops, innermostLoops, productsOf } from './machine-code.js';

/** Returns what V8 prints for a function whose instructions have `bytes` bytes each. */
function printed(name, bytes, instructions) {
  const lines = instructions.map(
    (text, i) => `0x10${(bytes * i).toString(16).padStart(4, '0')}  ${(bytes * i).toString(16)}  00  ${text}`,
  );
  return ['', `name: ${name}`, 'index: 7', 'kind: wasm function', 'Instructions (size = 100)', ...lines, ''].join('\n');
}

test('a loop of 64-bit ARM: instructions, spills, and the slow path of a stack guard', () => {
  const text = printed('f', 4, [
    'movi v0.2d, #0x0', //                     0
    'ldr q1, [x4, x9]', //                     4: the loop
    'ld1r {v2.4s}, [x3]', //                   8
    'fmul v1.4s, v1.4s, v2.4s', //             c
    'fadd v0.4s, v0.4s, v1.4s', //            10
    'fmla v0.4s, v0.4s, v1.4s', //            14
    'str q0, [sp, #16]', //                   18
    'ldr x5, [fp, #-8]', //                   1c
    'str q0, [x4, x8]', //                    20
    'add x9, sp, #0x10 (16)', //              24: no access of memory
    'cmp sp, x12', //                         28
    'b.ls #+0x10 (addr 0x10003c)', //         2c: the stack guard
    'nop', //                                 30
    'cbnz w9, #-0x30 (addr 0x100004)', //     34
    'ret', //                                 38
    'bl #+0x100 (addr 0x10013c)', //          3c: the slow path
    'b #-0x10 (addr 0x100030)', //            40: closes no loop
  ]);
  const loops = innermostLoops(text, 'arm64');
  assert.equal(loops.length, 1);
  assert.equal(loops[0].function, 'f');
  assert.equal(loops[0].offset, 4);
  assert.deepEqual(loops[0].counts, {
    instructions: 12,
    multiplies: 1,
    adds: 1,
    fused: 1,
    loads: 2,
    stores: 1,
    vectorSpills: 1,
    otherSpills: 1,
  });
});

test('the innermost of two loops of x86-64', () => {
  const text = printed('g', 2, [
    'vmovups xmm0,[rbx+rax*1]', //             0: the outer loop
    'vmulps xmm0,xmm0,xmm1', //                2: the inner loop
    'vaddps xmm0,xmm0,[rbp-0x20]', //          4
    'lea rax,[rbp-0x8]', //                    6: no access of memory
    'movl rax,[rbp-0x8]', //                   8
    'jnz 0x100002  <+0x2>', //                 a
    'jnz 0x100000  <+0x0>', //                 c
  ]);
  const [loop, ...others] = innermostLoops(text, 'x64');
  assert.deepEqual(others, []);
  assert.equal(loop.offset, 2);
  const { instructions, multiplies, adds, vectorSpills, otherSpills } = loop.counts;
  assert.deepEqual([instructions, multiplies, adds, vectorSpills, otherSpills], [5, 1, 1, 1, 1]);
});

test('the hottest loop of a function has the most products', () => {
  const loop = (name, multiplies, fused) => ({ function: name, counts: { multiplies, fused } });
  const hottest = hottestLoops([loop('f', 1, 0), loop('f', 0, 3), loop('f', 2, 0), loop('g', 0, 0)]);
  assert.deepEqual([...hottest.keys()], ['f']);
  assert.equal(productsOf(hottest.get('f').counts), 3);
});
