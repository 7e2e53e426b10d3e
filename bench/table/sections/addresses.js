import { measurePass } from '../../shared/measure.js';
import { randomValues, reference } from '../../shared/reference.js';
import { createDepthwise, passesOf } from '../../shared/contestants/depthwise.js';
import { formatShape } from '../../shared/shape-spec.js';
import { addressOf, PAGE, tensorAt } from '../placement.js';

/** How far the two tensors of a side lie from each other, modulo a page. */
const SIDES = { equal: 0, apart: PAGE / 2 };
/** The two large tensors of each pass: what it reads, and what it writes or reads too. */
const MOVED = { forward: ['x', 'y'], fused: ['x', 'y'], input: ['dy', 'dx'], filter: ['x', 'dy'] };

/** Channels that are a power of two, with the two large tensors of a pass at addresses that are equal modulo a page and that are not. */
export const addressesSection = {
  id: 'addresses',
  title: 'equal addresses',
  weight: 3,
  steps: ({ rows }) => rows.filter(({ channels }) => (channels & (channels - 1)) === 0),
  async measure(layer, { own, passes, race, progress }) {
    const values = randomValues(layer);
    // In an empty heap, addresses follow each other in the order in which they are asked for.
    const fresh = await Promise.all(own.map(({ id }) => createDepthwise(id, `&addresses=${layer.name}`)));
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const right = reference(layer, pass, values);
      results.push({
        row: layer.name,
        shape: formatShape(layer),
        pass,
        results: await measureSides(fresh, layer, pass, values, right, (count) => race(passes.length * count)),
      });
    }
    return results;
  },
};

async function measureSides(own, layer, pass, values, right, race) {
  const sides = [];
  try {
    for (const contestant of own) sides.push(sidesOf(contestant, layer, pass, values, right));
    const entrants = sides.flatMap((side) => side.entrants);
    return await measurePass(entrants, right, race(entrants.length));
  } catch (error) {
    const failed = { status: 'failed', message: error.message };
    return Object.fromEntries(own.flatMap(({ id }) => Object.keys(SIDES).map((side) => [`${id}/${side}`, failed])));
  } finally {
    for (const { tensors } of sides) tensors.forEach((tensor) => tensor.dispose());
  }
}

/** The entrants of one of ours, and the tensors they hold. */
function sidesOf({ id, dw }, layer, pass, values, right) {
  const [movedName, fixedName] = MOVED[pass];
  const tensorOf = ({ data, shape }) => dw.tensor(data, shape);
  const named = Object.fromEntries(
    Object.keys(values)
      .filter((name) => name !== movedName)
      .map((name) => [name, tensorOf(values[name])]),
  );
  const isResult = !(fixedName in values);
  const fixed = isResult
    ? tensorOf({ data: new Float32Array(right.data.length), shape: right.shape })
    : named[fixedName];
  const address = addressOf(fixed);
  const moved = Object.values(SIDES).map((distance) => tensorAt(dw, values[movedName], (address + distance) % PAGE));
  // A result comes to lie where there is room for one of its size: in the place that this leaves.
  if (isResult) fixed.dispose();
  const entrants = Object.keys(SIDES).map((side, i) => {
    const run = passesOf(dw, layer, { ...named, [movedName]: moved[i] })[pass];
    return { id: `${id}/${side}`, run: isResult ? placedResult(run, address) : run };
  });
  return { entrants, tensors: [...Object.values(named), ...moved] };
}

/** `run`, whose first result must be where it is expected: the allocator gives the same place for the same size each time. */
function placedResult(run, address) {
  let isPlaced = false;
  return () => {
    const result = run();
    if (isPlaced) return result;
    if (addressOf(result) === address) isPlaced = true;
    else throw new Error(`the result is at ${addressOf(result)}, not at ${address}`);
    return result;
  };
}
