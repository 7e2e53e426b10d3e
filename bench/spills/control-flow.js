/**
 * The basic blocks of a function and where each can go: [{ start, end, next: [block numbers] }], `start` to `end` being positions in
 * `instructions`.
 *
 * Left out is the way into the slow path of V8's stack guard, which saves and restores every register and is not taken: as part of a loop
 * it would look like spills.
 */
export function basicBlocks({ instructions, tables }) {
  const positionOf = new Map(instructions.map(({ offset }, position) => [offset, position]));
  const flow = instructions.map((_, position) => exits(instructions, tables, position, positionOf));

  const starts = new Set([0]);
  const cold = new Set();
  for (const [position, { isEnd, targets, coldTarget }] of flow.entries()) {
    if (isEnd) starts.add(position + 1);
    for (const target of targets) starts.add(target);
    if (coldTarget !== undefined) cold.add(coldTarget);
  }
  const sorted = [...starts, ...cold, instructions.length].sort((a, b) => a - b);
  const bounds = [...new Set(sorted)].filter((position) => position <= instructions.length);
  const blockAt = new Map(bounds.slice(0, -1).map((start, block) => [start, block]));

  return bounds.slice(0, -1).map((start, block) => {
    const end = bounds[block + 1];
    const last = flow[end - 1];
    const targets = last.fallsThrough ? [...last.targets, end] : last.targets;
    // A trap stands before a slow path as if it went on there.
    const next = targets.filter((target) => !cold.has(target)).map((target) => blockAt.get(target));
    return { start, end, next: next.filter((target) => target !== undefined) };
  });
}

/** Where the instruction at `position` leads, as positions. */
function exits(instructions, tables, position, positionOf) {
  const { text } = instructions[position];
  if (/^(ret|int3|ud2)/.test(text)) return { isEnd: true, fallsThrough: false, targets: [] };
  if (!/^j\w+ /.test(text)) return { isEnd: false, fallsThrough: true, targets: [] };

  const isJmp = text.startsWith('jmp ');
  const direct = text.match(/<\+0x([0-9a-f]+)>/);
  const offsets = direct ? [parseInt(direct[1], 16)] : switchTargets(instructions, tables, position);
  const targets = offsets.map((offset) => positionOf.get(offset)).filter((target) => target !== undefined);
  if (isStackGuard(instructions[position - 1])) {
    if (text.startsWith('jna ')) return { isEnd: true, fallsThrough: true, targets: [], coldTarget: targets[0] };
    if (text.startsWith('ja ')) return { isEnd: true, fallsThrough: false, targets, coldTarget: position + 1 };
  }
  return { isEnd: true, fallsThrough: !isJmp, targets };
}

function isStackGuard(instruction) {
  return instruction !== undefined && /\bcmpq rsp,\[/.test(instruction.text);
}

/** `leaq r10,[rip+0x6481]; jmp [r10+rcx*8]`: the entries from there to the next table, which another such pair begins. */
function switchTargets(instructions, tables, position) {
  const first = tableStart(instructions, position);
  if (first === undefined) return [];
  const others = instructions.map((_, other) => tableStart(instructions, other)).filter((start) => start > first);
  const end = Math.min(...others);
  return [...tables].filter(([offset]) => offset >= first && offset < end).map(([, target]) => target);
}

function tableStart(instructions, position) {
  if (!/^jmp \[/.test(instructions[position].text)) return undefined;
  const distance = instructions[position - 1]?.text.match(/leaq \w+,\[rip\+0x([0-9a-f]+)\]/)?.[1];
  return distance === undefined ? undefined : instructions[position].offset + parseInt(distance, 16);
}
