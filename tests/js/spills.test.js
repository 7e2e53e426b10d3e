import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countInstructions } from '../../bench/spills/count-instructions.js';
import { parseDisassembly } from '../../bench/spills/disassembly.js';
import { readableName, readEnumerators } from '../../bench/spills/function-name.js';
import { hotLoops } from '../../bench/spills/hot-loops.js';
import { findLoops } from '../../bench/spills/loops.js';
import { polynomialOfNode20, polynomialOfNode24, switchOfNode20 } from './support/disassembly.js';

/** Code as parseDisassembly returns it, from lines of offset (hexadecimal) and text. */
function code(...lines) {
  const instructions = lines.map((line) => {
    const [, offset, text] = line.match(/^(\w+) (.*)$/);
    return { offset: parseInt(offset, 16), text };
  });
  return { index: 0, name: 'f', instructions, tables: new Map() };
}

function offsets(loop) {
  return loop.instructions.map(({ offset }) => hexadecimal(offset));
}

function hexadecimal(offset) {
  return offset.toString(16);
}

test('functions are read by index, with the instructions and the table of a switch, and nothing that follows', () => {
  const functions = parseDisassembly(`noise\n${switchOfNode20}${polynomialOfNode20}`);
  assert.deepEqual(
    functions.map(({ index, name }) => [index, name]),
    [
      [1, 'void polynomial<15>(float const*, float*, int)'],
      [2, 'pick'],
    ],
  );
  const [polynomial, pick] = functions;
  assert.deepEqual(polynomial.instructions[0], { offset: 0, text: 'push rbp' });
  assert.deepEqual(polynomial.instructions.at(-1), { offset: 0x2b7, text: 'nop' });
  const entries = [...pick.tables].map((pair) => pair.map(hexadecimal).join(' to '));
  assert.deepEqual(entries, ['1a0 to 80', '1a8 to 90', '1b0 to b0', '1b8 to d0', '1c0 to f0']);
  assert.equal(polynomial.tables.size, 0);
});

test('addresses of jumps and calls, which change from run to run, are left out', () => {
  const [{ instructions }] = parseDisassembly(polynomialOfNode20);
  const texts = instructions.map(({ text }) => text);
  assert.ok(texts.includes('jl <+0xc0>'));
  assert.ok(texts.includes('call (jump table)'));
});

test('V8 without a disassembler gives functions without instructions', () => {
  const text = polynomialOfNode20.replace(/^Instructions[^]*?\n\n/m, '');
  assert.deepEqual(
    parseDisassembly(text).map(({ index, instructions }) => [index, instructions]),
    [[1, []]],
  );
  assert.deepEqual(parseDisassembly(''), []);
});

test('a loop as Node 20 prints it: its spills, and not those of the stack guard', () => {
  const [loop, ...others] = hotLoops(parseDisassembly(polynomialOfNode20), new Map());
  assert.deepEqual(others, []);
  assert.equal(loop.function, 'polynomial<15>');
  assert.equal(loop.offset, 0xc7);
  assert.deepEqual(loop.counts, {
    ...{ instructions: 21, multiplies: 4, adds: 5, fused: 0, loads: 1, stores: 1 },
    ...{ vectorSpills: 3, scalarSpills: 0 },
  });
});

test('a loop as Node 24 prints it; a jump back to the exit of the function is none', () => {
  const loops = findLoops(parseDisassembly(polynomialOfNode24)[0]);
  assert.deepEqual(
    loops.map(({ offset }) => offset),
    [0xd4],
  );
  const [{ counts }] = hotLoops(parseDisassembly(polynomialOfNode24), new Map());
  assert.deepEqual(counts, {
    ...{ instructions: 38, multiplies: 7, adds: 5, fused: 0, loads: 2, stores: 2 },
    ...{ vectorSpills: 4, scalarSpills: 0 },
  });
});

test('all cases of a switch belong to the loop around it', () => {
  const [loop, ...others] = findLoops(parseDisassembly(switchOfNode20)[0]);
  assert.deepEqual(others, []);
  assert.equal(loop.offset, 0x40);
  for (const inside of ['40', '62', '70', '80', '90', 'b0', 'd0', 'f0', '114'])
    assert.ok(offsets(loop).includes(inside));
  for (const outside of ['1b', '11a', '126', '157', '15c']) assert.ok(!offsets(loop).includes(outside));
});

test('of two switches each has its own table', () => {
  const { instructions } = code(
    ...['0 leaq r10,[rip+0x1e]', '2 jmp [r10+rax*8]', '4 jmp <+0x0>'],
    ...['6 leaq r10,[rip+0x28]', '8 jmp [r10+rax*8]', 'a retl', 'c jmp <+0x6>'],
  );
  const tables = new Map().set(0x20, 0x4).set(0x28, 0x6).set(0x30, 0xa).set(0x38, 0xc);
  const loops = findLoops({ instructions, tables });
  assert.deepEqual(loops.map((loop) => `from ${loop.offset}: ${offsets(loop)}`).sort(), [
    'from 0: 0,2,4',
    'from 6: 6,8,c',
  ]);
});

test('what an inner loop does is not counted in the outer one', () => {
  const loops = findLoops(
    code(
      ...['0 xorl rax,rax', '2 xorl rcx,rcx', '4 addl rcx,0x1', '6 cmpl rcx,rdx', '8 jl <+0x4>', 'a addl rax,0x1'],
      ...['c cmpl rax,rdx', 'e jl <+0x2>', '10 retl'],
    ),
  );
  const inner = loops.find(({ isInnermost }) => isInnermost);
  const outer = loops.find(({ isInnermost }) => !isInnermost);
  assert.equal(loops.length, 2);
  assert.deepEqual([inner.offset, offsets(inner)], [4, ['4', '6', '8']]);
  assert.deepEqual([outer.offset, offsets(outer)], [2, ['2', 'a', 'c', 'e']]);
});

test('a loop that two jumps close is one', () => {
  const loops = findLoops(
    code('0 testl rax,rax', '2 jz <+0x8>', '4 subl rax,0x1', '6 jmp <+0x0>', '8 jnz <+0x0>', 'a retl'),
  );
  assert.deepEqual(loops.map(offsets), [['0', '2', '4', '6', '8']]);
});

test('the slow path of a stack guard is cold where a trap stands before it, and where the guard closes the loop', () => {
  const slowPath = ['e call (jump table)', '10 vmovups [rbp-0x20],xmm0', '12 call (jump table)', '14 jmp <+0x4>'];
  const guardFirst = ['0 REX.W cmpq rsp,[rsi]', '2 jna <+0x10>', '4 divl rcx', '6 jz <+0xe>', '8 jl <+0x0>', 'a retl'];
  assert.deepEqual(findLoops(code(...guardFirst, ...slowPath)).map(offsets), [['0', '2', '4', '6', '8']]);

  const guardLast = ['4 addl rax,0x1', '6 REX.W cmpq rsp,[r13-0x60]', '8 ja <+0x4>', 'a jmp <+0x10>'];
  assert.deepEqual(findLoops(code(...guardLast, ...slowPath)).map(offsets), [['4', '6', '8']]);
});

test('instructions without AVX, with FMA, of single numbers and of integers', () => {
  const expected = [
    [['mulps xmm0,xmm1', 'addps xmm0,xmm1', 'subps xmm0,xmm1', 'nop'], 'instructions 3, multiplies 1, adds 2'],
    [['vfmadd231ps xmm0,xmm1,xmm2', 'vfnmadd213pd xmm0,xmm1,xmm2'], 'instructions 2, fused 2'],
    [['vmulss xmm0,xmm1,xmm2', 'vmovss xmm0,[rbx+rax*1]', 'vmovsd [rbx],xmm0'], 'instructions 3'],
    [['REX.W movq rax,[rbp-0x30]', 'cmpl [rsp+0x8],0x0'], 'instructions 2, scalarSpills 2'],
    [['vmovsd xmm0,[rbp-0x8]', 'vmulsd xmm0,xmm1,[rbp-0x8]'], 'instructions 2, scalarSpills 2'],
    [['vmovups xmm0,[rbp-0x30]', 'movups [rsp],xmm0'], 'instructions 2, vectorSpills 2'],
    [['vaddps xmm0,xmm1,[rbp-0x50]'], 'instructions 1, adds 1, vectorSpills 1'],
    [['vbroadcastss xmm0,[rbx+rax*1]', 'vmovdqu [rbx+r9*1],xmm0'], 'instructions 2, loads 1, stores 1'],
    [['vmulps xmm0,xmm1,[rbx]'], 'instructions 1, multiplies 1, loads 1'],
    [['leal rax,[rbp+rcx*4]', 'REX.W cmpq rsp,[r13-0x60]'], 'instructions 2'],
  ];
  for (const [texts, counts] of expected) {
    const found = Object.entries(countInstructions(texts)).filter(([, value]) => value > 0);
    assert.equal(found.map(([key, value]) => `${key} ${value}`).join(', '), counts, texts.join('; '));
  }
});

test('loops that spill vectors come first, then those that compute most; only hot ones unless all are asked for', () => {
  const loop = (index, name, ...texts) => {
    const lines = texts.map((text, i) => `${i} ${text}`);
    return { ...code(...lines, `${texts.length} jl <+0x0>`, `${texts.length + 1} retl`), index, name };
  };
  const functions = [
    loop(1, 'float ns::copies(int)', 'vmovdqu xmm0,[rbx]'),
    loop(2, 'adds', 'vaddps xmm0,xmm0,xmm1'),
    loop(3, 'multiplies', 'vmulps xmm0,xmm0,xmm1', 'vaddps xmm0,xmm0,xmm1'),
    loop(4, 'spills', 'vaddps xmm0,xmm0,xmm1', 'vmovups [rbp-0x10],xmm0'),
  ];
  const names = (options) => hotLoops(functions, new Map(), options).map((hot) => hot.function);
  assert.deepEqual(names(), ['spills', 'multiplies', 'adds']);
  assert.deepEqual(names({ all: true }), ['spills', 'multiplies', 'adds', 'ns::copies']);
  assert.deepEqual(names({ filter: /^m|d/ }), ['multiplies', 'adds']);
});

test('names lose their types and get their enumerators', () => {
  const enumerators = readEnumerators([
    'enum class Write { kOverwrite, kAdd };\nenum class Between {\n  kNothing,  // a, b\n  kTap,\n};',
    'struct A { enum class Kind { kOne }; };\nstruct B { enum class Kind { kTwo }; };',
  ]);
  const names = {
    'void depthwise::sweepLanes<3, 2, (depthwise::Between)1, (depthwise::Write)0>(depthwise::Sweep const&, float*)':
      'sweepLanes<3, 2, Between::kTap, Write::kOverwrite>',
    'depthwise::tile<(depthwise::A::Kind)0, (depthwise::Write)7>()': 'tile<(A::Kind)0, (Write)7>',
    'depthwise::(anonymous namespace)::FilterGradient::addBlock(depthwise::(anonymous namespace)::Part const&, long)':
      'FilterGradient::addBlock',
    'depthwise::filterGradient(depthwise::Geometry const&, float*)::$_0::operator()(depthwise::LaneBlock const&) const':
      'filterGradient::$_0::operator()',
    "std::array<int, 4ul> depthwise::shape<depthwise::call(int)::'lambda'(float)>(std::array<int, 4ul> (*)(int)) const":
      "shape<call(int)::'lambda'(float)>",
    'depthwise::Text::operator<<(double)': 'Text::operator<<(double)',
    __wasm_call_ctors: '__wasm_call_ctors',
    'wasm-function[7]': 'wasm-function[7]',
  };
  for (const [demangled, name] of Object.entries(names)) assert.equal(readableName(demangled, enumerators), name);
});
