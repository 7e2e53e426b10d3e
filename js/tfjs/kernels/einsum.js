import { sizeOf } from '../../ops.js';
import { matrixProduct } from './matrix-product.js';

/**
 * Einsum of one or two tensors as a batched matrix product:
 *
 *   'bqhd,bkhd->bhqk': batch = b, h; rows = q; columns = k; inner = d
 *   a → [batch, rows, inner],  b → [batch, inner, columns],  a · b = [batch, rows, columns] → the order of the output
 *
 * The kernels of tfjs multiply with broadcasting and then add, and are wrong if a label that the output does not contain is in one operand
 * only.
 */

/**
 * Returns the labels of an equation: one string for each operand, and one for the output. The messages are those of tfjs, where it has one.
 *
 * @param {string} equation
 * @param {{ shape: number[] }[]} operands
 */
function readEquation(equation, operands) {
  const [left, output, ...others] = equation.replaceAll(/\s/g, '').split('->');
  if (output === undefined || others.length > 0) {
    throw new TypeError(`Error in Einsum: Expecting exactly one arrow (->) in the equation, got '${equation}'`);
  }
  const terms = left.split(',');
  if (terms.length !== operands.length) {
    throw new TypeError(`Error in Einsum: Expected ${terms.length} input tensors, received ${operands.length}`);
  }
  if (terms.length > 2) {
    throw new TypeError('Error in Einsum: Support for more than 2 input tensors is not implemented yet');
  }
  for (const term of [...terms, output]) {
    if (term.includes('.')) throw new TypeError('Error in Einsum: the ellipsis notation (...) is not supported');
    if (new Set(term).size === term.length) continue;
    throw new TypeError(`Error in Einsum: a label that is twice in '${term}' is not implemented yet`);
  }
  const missing = [...output].find((label) => !left.includes(label));
  if (missing) {
    throw new Error(`Output subscripts contain the label ${missing} not present in the input subscripts.`);
  }
  return { terms, output };
}

/** Returns the size of each label. Checks the ranks and sizes of the operands. */
function sizesOf(terms, operands) {
  const sizes = {};
  for (const [i, term] of terms.entries()) {
    const { shape } = operands[i];
    if (shape.length !== term.length) {
      throw new RangeError(
        `Error in Einsum: tensor ${i} must have ${term.length} dimensions (${term}), got [${shape}]`,
      );
    }
    for (const [axis, label] of [...term].entries()) {
      sizes[label] ??= shape[axis];
      if (sizes[label] === shape[axis]) continue;
      throw new RangeError(
        `Error in Einsum: Expected dimension ${sizes[label]} at axis ${axis} of input shaped [${shape}], ` +
          `but got dimension ${shape[axis]}`,
      );
    }
  }
  return sizes;
}

const without = (labels, others) => [...labels].filter((label) => !others.includes(label)).join('');
const within = (labels, others) => [...labels].filter((label) => others.includes(label)).join('');

/**
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
export function einsum({ inputs, attrs, backend }, context) {
  const { runBackend, dispose } = context;
  const operands = Object.values(inputs);
  const { terms, output } = readEquation(attrs.equation, operands);
  const sizes = sizesOf(terms, operands);
  const shapeOf = (labels) => [...labels].map((label) => sizes[label]);
  const temporary = [];
  const run = (name, inputs, attrs) => {
    const info = runBackend(name, inputs, attrs);
    temporary.push(info);
    return info;
  };
  const reshape = (x, shape) => run('Reshape', { x }, { shape });

  /** Returns x with its axes in another order. */
  function ordered(x, from, to) {
    return from === to ? x : run('Transpose', { x }, { perm: [...to].map((label) => from.indexOf(label)) });
  }

  /** Returns x without the labels of one operand that neither the output nor the other operand contains. */
  function summed(x, labels, needed) {
    const rest = within(labels, needed);
    if (rest === labels) return { x, labels };
    const axis = [...labels].flatMap((label, i) => (needed.includes(label) ? [] : [i]));
    return { x: run('Sum', { x }, { axis, keepDims: false }), labels: rest };
  }

  /** Our kernel also computes empty matrices, and registerKernels may have registered Einsum only. */
  function multiply({ inputs, attrs }) {
    if (inputs.a.dtype !== 'float32') return run('BatchMatMul', inputs, attrs);
    const y = matrixProduct({ inputs, attrs, backend }, context);
    temporary.push(y);
    return y;
  }

  function product(a, b) {
    const shared = within(a.labels, b.labels);
    const batch = within(shared, output);
    const inner = without(shared, output);
    const [rows, columns] = [without(a.labels, shared), without(b.labels, shared)];
    const [batchSize, innerSize, rowCount, columnCount] = [batch, inner, rows, columns].map((labels) =>
      sizeOf(shapeOf(labels)),
    );
    const labels = batch + rows + columns;
    if (innerSize === 0) return { x: run('Fill', {}, { shape: shapeOf(labels), value: 0, dtype: a.x.dtype }), labels };
    const left = reshape(ordered(a.x, a.labels, batch + rows + inner), [batchSize, rowCount, innerSize]);
    // Attention multiplies by keys, whose inner label is the last one.
    const transposeB = b.labels.endsWith(inner);
    const order = batch + (transposeB ? columns + inner : inner + columns);
    const sizes = transposeB ? [columnCount, innerSize] : [innerSize, columnCount];
    const right = reshape(ordered(b.x, b.labels, order), [batchSize, ...sizes]);
    const y = multiply({ inputs: { a: left, b: right }, attrs: { transposeA: false, transposeB } });
    return { x: reshape(y, shapeOf(labels)), labels };
  }

  try {
    const dtype = operands.some((info) => info.dtype === 'float32') ? 'float32' : 'int32';
    const [a, b] = operands.map((info, i) => {
      const x = info.dtype === dtype ? info : run('Cast', { x: info }, { dtype });
      return summed(x, terms[i], output + (terms[1 - i] ?? ''));
    });
    const { x, labels } = b ? product(a, b) : a;
    const { dataId, shape } = ordered(x, labels, output);
    backend.incRef(dataId); // because it belongs to an operand, or to a temporary tensor
    return { dataId, shape, dtype };
  } finally {
    for (const info of temporary) dispose(info);
  }
}

/**
 * Returns the gradients of y = einsum(equation, operands): an einsum of dy and the other operand, with other labels. A label of one operand only
 * that y does not contain was summed, so its gradient repeats along this axis.
 *
 * @param {(name: string, inputs: object, attrs: object) => any} run
 */
export function einsumGradient(run, dy, operands, { equation }) {
  const { terms, output } = readEquation(equation, operands);

  function gradientOf(i) {
    const [term, { shape }] = [terms[i], operands[i]];
    const [others, otherTerms] = [[dy], [output]];
    if (operands.length === 2) {
      const [other, labels] = [operands[1 - i], terms[1 - i]];
      const needed = within(labels, term + output);
      const axis = [...labels].flatMap((label, at) => (needed.includes(label) ? [] : [at]));
      // Sums first, because the Einsum kernels of tfjs are wrong for such labels.
      others.push(axis.length > 0 ? run('Sum', { x: other }, { axis, keepDims: false }) : other);
      otherTerms.push(needed);
    }
    const known = within(term, otherTerms.join(''));
    const dx = run('Einsum', others, { equation: `${otherTerms.join()}->${known}` });
    if (known === term) return dx;
    const withOnes = [...term].map((label, axis) => (known.includes(label) ? shape[axis] : 1));
    const zeros = run('Fill', {}, { shape, value: 0, dtype: 'float32' });
    return run('Add', { a: run('Reshape', { x: dx }, { shape: withOnes }), b: zeros }, {});
  }

  return Object.fromEntries(operands.map((_, i) => [i, () => gradientOf(i)]));
}
