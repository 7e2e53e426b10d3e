import { readActivation, sizeOfShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { fuse } from '../fused-convolution.js';
import { requireTensor } from '../heap.js';
import { compose } from './compose.js';

/**
 * Products of matrices, which are the last two dimensions of a and b. The dimensions before them broadcast.
 *
 * tfjs's wasm kernel keeps a plan for each b, and writes outside of the result if b returns with another shape. For transposed matrices and
 * batches, its loops are slow.
 */

/**
 * @typedef {object} Product
 * @property {number[]} batch the dimensions of the result before the last two
 * @property {number} rows
 * @property {number} terms
 * @property {number} columns
 * @property {boolean} transposeA
 * @property {boolean} transposeB
 */

/**
 * Returns a·b.
 *
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
export function matrixProduct({ inputs: { a, b }, attrs }, context) {
  return multiply(productOf(context.name, a, b, attrs), { a, b }, {}, context);
}

/**
 * Returns activation(a·b + bias). The bias and the slopes of 'prelu' have any shape that broadcasts.
 *
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
export function fusedMatrixProduct(call, context) {
  const { inputs } = call;
  const attrs = call.attrs ?? {};
  const { a, b } = inputs;
  const product = productOf(context.name, a, b, attrs);
  return fuse({ ...call, attrs }, context, {
    channels: product.columns,
    shapeOfY: () => shapeOf(product),
    fused: (perColumn) => multiply(product, { a, b, ...perColumn }, attrs, context),
    plain: () => multiply(product, { a, b }, {}, context),
  });
}

/** Checks a and b. @returns {Product} */
function productOf(functionName, a, b, attrs) {
  const [transposeA, transposeB] = [Boolean(attrs?.transposeA), Boolean(attrs?.transposeB)];
  for (const [argument, info] of Object.entries({ a, b })) {
    requireTensor(functionName, argument, info, 'float32');
    if (info.shape.length >= 2) continue;
    throw new RangeError(
      `Error in ${functionName}: ${argument} must have at least 2 dimensions [rows, columns], got [${info.shape}]`,
    );
  }
  const [rows, terms] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const [termsOfB, columns] = transposeB ? b.shape.slice(-2).reverse() : b.shape.slice(-2);
  if (terms !== termsOfB) {
    throw new RangeError(
      `Error in ${functionName}: the inner sizes of a and b must be equal, got ${terms} of a [${a.shape}] and ${termsOfB} of b [${b.shape}], ` +
        `with transposeA ${transposeA} and transposeB ${transposeB}`,
    );
  }
  const product = { batch: batchOf(functionName, a, b), rows, terms, columns, transposeA, transposeB };
  sizeOfShape(functionName, 'the result', shapeOf(product));
  return product;
}

/** Returns the dimensions before the matrices, of a and b broadcast. */
function batchOf(functionName, a, b) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [sizesOfA, sizesOfB] = [a, b].map((info) => filled(info, rank).slice(0, -2));
  return sizesOfA.map((size, i) => {
    const other = sizesOfB[i];
    if (size === other || size === 1 || other === 1) return size === 1 ? other : size;
    throw new RangeError(
      `Error in ${functionName}: the dimensions of a and b before the last two must broadcast, got a [${a.shape}] and b [${b.shape}]`,
    );
  });
}

/** Returns a shape with dimensions of 1 in front. */
function filled({ shape }, rank) {
  return [...Array(rank - shape.length).fill(1), ...shape];
}

/** @param {Product} product */
function shapeOf({ batch, rows, columns }) {
  return [...batch, rows, columns];
}

/**
 * @param {Product} product
 * @param {{ a: any, b: any, bias?: any, preluActivationWeights?: any }} inputs
 */
function multiply(product, { a, b, bias, preluActivationWeights }, attrs, context) {
  const { name, withOps } = context;
  const { batch, rows, terms, columns, transposeA, transposeB } = product;
  const { activation, leakyreluAlpha } = readActivation(name, attrs, preluActivationWeights);
  const count = sizeOf(batch);

  return compose(context, (run) => {
    const [left, right] = [a, b].map((info) => withBatch(name, info, batch, run));
    const inputs = { a: left, b: right, bias, preluActivationWeights };
    const compute = (native, [a, b, bias, slopes], [y]) =>
      // prettier-ignore
      native.matrixProduct(
        a, b, bias, activation, leakyreluAlpha, slopes, y, count, rows, terms, columns,
        transposeA, transposeB, isOne(left), isOne(right),
      );
    return withOps((ops) => ops.compute(name, inputs, [shapeOf(product)], compute)[0]);
  });
}

function isOne({ shape }) {
  return sizeOf(shape.slice(0, -2)) === 1;
}

/** Returns a tensor that contains one matrix, or one for each product. Repeats its matrices if both tensors broadcast. */
function withBatch(functionName, info, batch, run) {
  const shape = filled(info, batch.length + 2);
  const repeated = [...batch, ...shape.slice(-2)];
  if (isOne(info) || sizeOf(shape) === sizeOf(repeated) || sizeOf(repeated) === 0) return info;
  sizeOfShape(functionName, 'the repeated matrices', repeated);
  return run(
    'Tile',
    { x: { ...info, shape } },
    { reps: shape.map((size, i) => (size === repeated[i] ? 1 : repeated[i])) },
  );
}
