import { basicBlocks } from './control-flow.js';

/**
 * The loops of a function: [{ offset, isInnermost, instructions }]. `offset` is that of the loop's head, and `instructions` are those
 * that are in no inner loop. Loops are the natural ones: WebAssembly's control flow is structured, so the edge that closes a loop
 * is the one that leads back to a block on the way.
 */
export function findLoops(code) {
  const blocks = basicBlocks(code);
  const bodies = loopBodies(blocks);
  return [...bodies].map(([head, body]) => {
    const inner = [...bodies].filter(([otherHead]) => otherHead !== head && body.has(otherHead));
    const own = [...body].filter((block) => !inner.some(([, innerBody]) => innerBody.has(block)));
    return {
      offset: code.instructions[blocks[head].start].offset,
      isInnermost: inner.length === 0,
      instructions: own
        .sort((a, b) => a - b)
        .flatMap((block) => code.instructions.slice(blocks[block].start, blocks[block].end)),
    };
  });
}

/** A Map from the head of each loop to the Set of its blocks: all those from which an edge back to the head can be reached. */
function loopBodies(blocks) {
  const { edgesBack, before } = walk(blocks);
  const bodies = new Map();
  for (const { from, head } of edgesBack) {
    if (!bodies.has(head)) bodies.set(head, new Set([head]));
    const body = bodies.get(head);
    const pending = [from];
    while (pending.length > 0) {
      const block = pending.pop();
      if (body.has(block)) continue;
      body.add(block);
      pending.push(...before.get(block));
    }
  }
  return bodies;
}

/**
 * Goes depth first through the blocks that can be reached: `before` has the blocks that lead to each of them, `edgesBack` the edges to a
 * block that is on the way to where they begin.
 */
function walk(blocks) {
  const before = new Map();
  const edgesBack = [];
  const path = [];
  const isOnPath = new Set();
  const enter = (block) => {
    before.set(block, []);
    isOnPath.add(block);
    path.push({ block, left: [...blocks[block].next] });
  };
  if (blocks.length > 0) enter(0);
  while (path.length > 0) {
    const { block, left } = path.at(-1);
    const next = left.pop();
    if (next === undefined) {
      isOnPath.delete(block);
      path.pop();
      continue;
    }
    if (isOnPath.has(next)) edgesBack.push({ from: block, head: next });
    if (!before.has(next)) enter(next);
    before.get(next).push(block);
  }
  return { edgesBack, before };
}
