import { assertExact, assertMatches } from '../compare.js';
import { filterGradient, forward, fusedForward, inputGradient } from '../oracle.js';
import { makeProblem } from '../problem.js';
import { Random } from '../random.js';
import { MEANINGLESS, REFUSING, ROWS } from './rows.js';

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
};

/** Names of rows, in groups. With tfjs's wasm backend, compute each group in a separate process. */
export const GROUPS = [
  [...Object.keys(ROWS).filter((row) => !ROWS[row].apart), REFUSING],
  ...Object.keys(ROWS)
    .filter((row) => ROWS[row].apart)
    .map((row) => [row]),
];

/**
 * Returns the verdict on each row: 'yes' if all results are right, 'no' if all convolutions are refused, 'limited' if some are refused, 'wrong'
 * if a result differs from the definition or the wasm module fails.
 *
 * @param {(pass: import('./rows.js').Pass, problem: any) => Promise<{ data: Float32Array, shape: number[] }>} compute throws if
 *   the backend refuses the convolution
 * @param {string[]} rows their names
 * @returns {Promise<Record<string, 'yes' | 'no' | 'limited' | 'wrong'>>}
 */
export async function verdictsOf(compute, rows) {
  const verdicts = {};
  for (const row of rows) {
    verdicts[row] = row === REFUSING ? await refusalOf(compute) : await verdictOn(compute, ROWS[row]);
  }
  return verdicts;
}

async function verdictOn(compute, { passes, convolutions }) {
  const outcomes = [];
  for (const convolution of convolutions) {
    const problem = problemOf(convolution);
    for (const pass of passes) outcomes.push(await outcomeOf(compute, pass, problem));
  }
  return verdictOf(outcomes);
}

function problemOf(convolution) {
  const random = new Random(JSON.stringify(convolution));
  const problem = makeProblem(convolution, random);
  const channels = problem.bias.shape[0];
  if (convolution.isBiasOfFour) problem.bias.shape = [1, 1, 1, channels];
  return { ...problem, slopes: { data: random.integers(channels), shape: [channels] } };
}

async function outcomeOf(compute, pass, problem) {
  let result;
  try {
    result = await compute(pass, problem);
  } catch (error) {
    return error instanceof WebAssembly.RuntimeError ? 'wrong' : 'refused';
  }
  try {
    if (pass === 'fused') assertMatches(result, EXPECTED[pass](problem), pass, 8);
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

async function refusalOf(compute) {
  let refused = 0;
  for (const convolution of MEANINGLESS) {
    const tensor = (shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape });
    const problem = { convolution, x: tensor(convolution.xShape), filter: tensor(convolution.filterShape) };
    await compute('forward', problem).catch(() => (refused += 1));
  }
  if (refused === MEANINGLESS.length) return 'yes';
  return refused === 0 ? 'no' : 'limited';
}
