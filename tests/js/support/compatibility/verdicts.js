import { assertExact, assertMatches } from '../compare.js';
import { filterGradient, forward, fusedForward, inputGradient, sizeOf } from '../oracle.js';
import { makeProblem } from '../problem.js';
import { Random } from '../random.js';
import { averagePool, averagePoolGradient, maxPool, maxPoolGradient, poolShape } from '../tfjs-oracle.js';
import { REFUSING, TABLES } from './rows.js';

/** The result of each pass by the definition. */
const EXPECTED = {
  forward: ({ convolution, x, filter }) => forward(convolution, x.data, filter.data),
  fused: ({ convolution, x, filter, bias, slopes }) =>
    fusedForward(convolution, x.data, filter.data, {
      activation: convolution.activation,
      bias: bias.data,
      preluActivationWeights: slopes.data,
    }),
  inputGradient: ({ convolution, dy, filter }) => inputGradient(convolution, dy.data, filter.data),
  filterGradient: ({ convolution, x, dy }) => filterGradient(convolution, x.data, dy.data),
  max: ({ pool, x }) => maxPool(pool, x.data),
  maxGradient: ({ pool, x, dy }) => maxPoolGradient(pool, x.data, dy.data),
  average: ({ pool, x }) => averagePool(pool, x.data),
  averageGradient: ({ pool, dy }) => averagePoolGradient(pool, dy.data),
};

/** Passes whose results are not whole numbers. */
const INEXACT = ['fused', 'average', 'averageGradient'];

/**
 * Returns the verdict on each row: 'yes' if all results are right, 'no' if all problems are refused, 'limited' if some are refused, 'wrong'
 * if a result differs from the definition or the wasm module fails.
 *
 * @param {() => Promise<(pass: import('./rows.js').Pass, problem: any) => Promise<{ data: Float32Array, shape: number[] }>>} contestant
 *   resolves to a function that computes a pass, and throws if the backend refuses the problem. `verdictsOf` calls it once for all rows that
 *   are not `apart`, and once for each row that is `apart`
 * @param {string} table its name in TABLES
 * @returns {Promise<Record<string, 'yes' | 'no' | 'limited' | 'wrong'>>}
 */
export async function verdictsOf(contestant, table) {
  const { rows, meaningless } = TABLES[table];
  const compute = await contestant();
  const verdicts = {};
  for (const [name, row] of Object.entries(rows)) {
    if (!row.apart) verdicts[name] = await verdictOn(compute, row);
  }
  verdicts[REFUSING] = await refusalOf(compute, meaningless); // after the rows, because it may change memory outside of the tensors
  for (const [name, row] of Object.entries(rows)) {
    if (row.apart) verdicts[name] = await verdictOn(await contestant(), row);
  }
  return verdicts;
}

async function verdictOn(compute, { passes, problems }) {
  const outcomes = [];
  for (const config of problems) {
    const problem = config.filterSize ? poolingOf(config) : convolutionOf(config);
    for (const pass of passes) outcomes.push(await outcomeOf(compute, pass, problem));
  }
  return verdictOf(outcomes);
}

function convolutionOf(convolution) {
  const random = new Random(JSON.stringify(convolution));
  const problem = makeProblem(convolution, random);
  const channels = problem.bias.shape[0];
  if (convolution.isBiasOfFour) problem.bias.shape = [1, 1, 1, channels];
  return { ...problem, slopes: { data: random.integers(channels), shape: [channels] } };
}

function poolingOf(pool) {
  const random = new Random(JSON.stringify(pool));
  const tensor = (shape) => ({ data: random.integers(sizeOf(shape)), shape });
  return { pool, x: tensor(pool.xShape), dy: tensor(poolShape(pool)) };
}

async function outcomeOf(compute, pass, problem) {
  let result;
  try {
    result = await compute(pass, problem);
  } catch (error) {
    return error instanceof WebAssembly.RuntimeError ? 'wrong' : 'refused';
  }
  try {
    if (INEXACT.includes(pass)) assertMatches(result, EXPECTED[pass](problem), pass, 8);
    else assertExact(result, EXPECTED[pass](problem), pass);
    return 'right';
  } catch {
    return 'wrong';
  }
}

function verdictOf(outcomes) {
  if (outcomes.includes('wrong')) return 'wrong';
  if (!outcomes.includes('refused')) return 'yes';
  return outcomes.includes('right') ? 'limited' : 'no';
}

async function refusalOf(compute, meaningless) {
  let refused = 0;
  for (const config of meaningless) {
    const tensor = (shape) => ({ data: new Float32Array(sizeOf(shape)).fill(1), shape });
    const x = tensor(config.xShape);
    const pooling = { pool: config, x };
    const convolution = () => ({ convolution: config, x, filter: tensor(config.filterShape) });
    const [pass, problem] = config.filterSize ? ['max', pooling] : ['forward', convolution()];
    await compute(/** @type {import('./rows.js').Pass} */ (pass), problem).catch((error) => {
      if (!(error instanceof WebAssembly.RuntimeError)) refused += 1;
    });
  }
  if (refused === meaningless.length) return 'yes';
  return refused === 0 ? 'no' : 'limited';
}
