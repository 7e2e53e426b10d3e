import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRight, attrsOf, entries, makeProblem, VALUES } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';

// To look further: DEPTHWISE_RANDOM_CASES=100000 DEPTHWISE_SEED=… node --test tests/js/random-cases.test.js
const seed = process.env.DEPTHWISE_SEED ?? '1';
const cases = Number(process.env.DEPTHWISE_RANDOM_CASES ?? 2000);

const dw = await load();

for (const [name, entry] of Object.entries(entries)) {
  test(`${name} computes what the definition says in ${cases} random cases`, () => {
    for (let i = 0; i < cases; ++i) {
      const random = new Random(`${seed} ${name} ${i}`);
      const convolution = randomConvolution(random);
      if (!entry.takes(convolution)) continue;
      const problem = makeProblem(convolution, random, random.oneOf(VALUES));
      const what = `case ${i} of DEPTHWISE_SEED=${seed}: ${JSON.stringify(convolution)}, ${problem.values}`;
      const result = callInSomeForm(entry, problem, random);
      assertRight(result, entry.expected(problem), problem, what);
      result.dispose();
      assert.equal(dw.memory().numTensors, 0, `${what}: tensors left`);
    }
  });
}

/** The same call in one of the forms that mean the same: tensors or plain values, names and steps as tfjs or Keras have them. */
function callInSomeForm(entry, problem, random) {
  const { convolution } = problem;
  const made = [];
  const given = { ...problem };
  for (const input of entry.inputs) {
    if (random.chance(0.5)) continue;
    given[input] = dw.tensor(problem[input].data, problem[input].shape);
    made.push(given[input]);
  }
  const result = entry.call(dw, given, respelled(convolution, random));
  for (const tensor of made) tensor.dispose();
  return result;
}

function respelled(convolution, random) {
  const attrs = attrsOf(convolution);
  for (const name of ['strides', 'dilations']) {
    const [height, width] = attrs[name];
    if (height === width && random.chance(0.5)) attrs[name] = height;
    if (height === 1 && width === 1 && random.chance(0.5)) attrs[name] = undefined;
  }
  attrs.dataFormat = random.oneOf(
    convolution.dataFormat === 'NCHW' ? ['NCHW', 'channelsFirst'] : [undefined, 'NHWC', 'channelsLast'],
  );
  return attrs;
}
