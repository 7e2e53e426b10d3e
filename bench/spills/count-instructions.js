// By x86-64 mnemonics, with AVX (vmulps) or without (mulps), as V8's disassembler spells them.

const multiply = /^v?mulp[sd]$/;
const add = /^v?(add|sub)p[sd]$/;
const fused = /^vfn?m(add|sub)\d+p[sd]$/;
/** Touches one number of an xmm register, or moves one to or from it. */
const ofOneNumber =
  /^v?((mov|add|sub|mul|div|sqrt|min|max|round|cmp|ucomi|cvt\w+2|fn?m(add|sub)\d+)s[sd]|cvtt?s[sd]2siq?|mov[dq]|pinsr[bwdq]|pextr[bwdq])$/;

/**
 * What a list of instructions does: multiplies, adds (and subtractions) and fused ones of vectors; loads and stores of vectors; and spills,
 * those of vectors and all others: accesses to the stack, which a loop has no other reason for.
 */
export function countInstructions(texts) {
  const counts = {
    ...{ instructions: 0, multiplies: 0, adds: 0, fused: 0 },
    ...{ loads: 0, stores: 0, vectorSpills: 0, scalarSpills: 0 },
  };
  for (const text of texts) {
    const { mnemonic, operands } = split(text);
    if (mnemonic === 'nop') continue; // between loops, never in their way
    counts.instructions += 1;
    if (multiply.test(mnemonic)) counts.multiplies += 1;
    if (add.test(mnemonic)) counts.adds += 1;
    if (fused.test(mnemonic)) counts.fused += 1;
    const access = memoryAccess(mnemonic, operands);
    if (access) counts[access] += 1;
  }
  return counts;
}

function split(text) {
  const [, mnemonic, operands] = text.match(/^(?:REX\.W |lock )?(\S+) ?(.*)$/);
  return { mnemonic, operands };
}

/** Which of the counts an access to memory belongs to, if there is one. */
function memoryAccess(mnemonic, operands) {
  if (!operands.includes('[') || mnemonic.startsWith('lea')) return null;
  const isVector = operands.includes('xmm') && !ofOneNumber.test(mnemonic);
  if (/\[r[bs]p\b/.test(operands)) return isVector ? 'vectorSpills' : 'scalarSpills';
  if (!isVector) return null;
  return operands.startsWith('[') ? 'stores' : 'loads';
}
