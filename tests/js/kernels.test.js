import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { grids, inChannelsFirst } from './support/grids.js';
import { geometryOf } from './support/oracle.js';
import { assertRight, attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';

const dw = await load();

for (const [gridName, grid] of Object.entries(grids)) {
  for (const [name, entry] of Object.entries(entries)) {
    test(`${name} computes what the definition says over a grid of ${gridName}`, () => {
      const random = new Random(`${gridName} ${name}`);
      for (const nhwc of grid) {
        if (!geometryOf(nhwc) || !entry.takes(nhwc)) continue;
        for (const convolution of [nhwc, inChannelsFirst(nhwc)]) {
          const problem = makeProblem(convolution, random);
          const result = entry.call(dw, problem, attrsOf(convolution));
          assertRight(result, entry.expected(problem), problem, JSON.stringify(convolution));
          result.dispose();
        }
      }
    });
  }
}
