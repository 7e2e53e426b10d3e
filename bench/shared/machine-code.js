// Loops and instructions in the text that V8 prints for machine code (--print-wasm-code).

/**
 * What differs between processors. `target`: the offset to which a jump goes, from its text and its own offset. `guard`: the comparison of a
 * stack guard. Patterns of instructions match their text.
 */
const architectures = {
  x64: {
    target: (text) => parseInt(text.match(/^j\w+ .*<\+0x([0-9a-f]+)>/)?.[1] ?? '', 16),
    guard: /^(REX\.W )?cmpq? rsp,/,
    vector: /^(?!v?\w+s[sd] |v?mov[dq] |v?p(ins|ext)r).*xmm/,
    stack: /\[r[bs]p\b/,
    memory: /\[(?!r[bs]p\b)/,
    isLoad: /^\S+ [^[]/,
    isStore: /^\S+ \[/,
    noAccess: /^lea/,
    multiply: /^v?mulp[sd] /,
    add: /^v?(add|sub)p[sd] /,
    fused: /^vfn?m(add|sub)\d+p[sd] /,
  },
  arm64: {
    target: (text, offset) => {
      const [, sign, distance] = text.match(/^(?:b|cb|tb).* #([+-])0x([0-9a-f]+) \(addr/) ?? [];
      return distance ? offset + Number(`${sign}1`) * parseInt(distance, 16) : NaN;
    },
    guard: /^cmp sp,/,
    vector: /\b(v\d+\.|q\d+)/,
    stack: /\[(sp|fp)\b/,
    memory: /\[(?!sp|fp)/,
    isLoad: /^ld/,
    isStore: /^st/,
    noAccess: /^(?!ld|st)/,
    multiply: /^fmul v/,
    add: /^f(add|sub) v/,
    fused: /^fml[as] v/,
  },
};

/**
 * Returns the innermost loops of a function.
 *
 * @param {string} printed what V8 prints for the function
 * @param {string} arch 'x64' or 'arm64'
 */
export function innermostLoops(printed, arch) {
  const { target, guard } = architectures[arch];
  const index = Number(printed.match(/^index: (\d+)/m)?.[1]);
  const name = printed.match(/^name: (.*)$/m)?.[1] ?? `wasm-function[${index}]`;
  // Address, offset, bytes, instruction: `0x6a88ee462ec    2c  0f8efa030000         jle 0x6a88ee466ec  <+0x42c>`.
  const lines = printed
    .slice(printed.search(/^Instructions \(/m))
    .matchAll(/^0x[0-9a-f]+ +([0-9a-f]+) +[0-9a-f]+ +(.*)$/gm);
  const code = [...lines].map(([, offset, text]) => ({ offset: parseInt(offset, 16), text: text.trim() }));
  const targetOf = (jump) => target(jump.text, jump.offset);
  // V8 moves the slow paths of stack guards (`cmp rsp,…; jna …`) to the end of the code; their jumps back close no loop.
  const guards = code.filter((_, i) => guard.test(code[i - 1]?.text));
  const end = Math.min(...guards.map(targetOf));
  const ranges = code.flatMap((jump, last) => {
    const to = targetOf(jump);
    const first = jump.offset < end && to <= jump.offset ? code.findIndex(({ offset }) => offset === to) : -1;
    return first >= 0 ? [[first, last]] : [];
  });
  const contains = ([first, last], inner) =>
    first <= inner[0] && inner[1] <= last && last - first > inner[1] - inner[0];
  const innermost = ranges.filter((range) => !ranges.some((other) => contains(range, other)));
  return innermost.map(([first, last]) => {
    const instructions = code.slice(first, last + 1).filter(({ text }) => !text.startsWith('nop'));
    return {
      function: name,
      index,
      offset: instructions[0].offset,
      counts: countsOf(instructions, arch),
      instructions,
    };
  });
}

function countsOf(instructions, arch) {
  const { vector, stack, memory, isLoad, isStore, noAccess, multiply, add, fused } = architectures[arch];
  const count = (...tests) => instructions.filter(({ text }) => tests.every((test) => test.test(text))).length;
  const vectorSpills = count(vector, stack);
  return {
    instructions: instructions.length,
    multiplies: count(multiply),
    adds: count(add),
    fused: count(fused),
    loads: count(vector, isLoad, memory),
    stores: count(vector, isStore, memory),
    vectorSpills,
    otherSpills: count(stack) - count(stack, noAccess) - vectorSpills,
  };
}

/** Returns the number of products of four floats in a loop. */
export function productsOf({ multiplies, fused }) {
  return multiplies + fused;
}

/** Returns the loop with the most products of each function that multiplies. @returns {Map<string, any>} */
export function hottestLoops(loops) {
  const hottest = new Map();
  for (const loop of loops) {
    const products = productsOf(loop.counts);
    if (products > productsOf(hottest.get(loop.function)?.counts ?? { multiplies: 0, fused: 0 })) {
      hottest.set(loop.function, loop);
    }
  }
  return hottest;
}
