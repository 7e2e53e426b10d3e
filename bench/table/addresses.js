import { createDepthwise, passesOf } from '../shared/depthwise.js';
import { formatShape } from '../shared/layers.js';
import { measurePass } from '../shared/measure.js';
import { randomValues, reference, sizeOf } from '../shared/reference.js';

/** Addresses that are equal modulo this use the same lines of a first-level cache. */
export const PAGE = 4096;
const TRIES = 50;
/** Tensors begin at cache lines, and the allocator's header in front of them takes up another line. */
const LINE = 64;

/** The distances of the two large tensors of a pass, modulo a page. */
const DISTANCES = { equal: 0, apart: PAGE / 2 };
/** The two large tensors of each pass: one that it reads, and one that it writes or also reads. */
const MOVED = { forward: ['x', 'y'], fused: ['x', 'y'], input: ['dy', 'dx'], filter: ['x', 'dy'] };

/**
 * Rows whose number of channels is a power of two, with the two large tensors of a pass at addresses that are equal modulo a page, and at
 * addresses that are not.
 */
export const addressesSection = {
  id: 'addresses',
  title: 'equal addresses',
  weight: 3,
  steps: ({ rows }) => rows.filter(({ channels }) => (channels & (channels - 1)) === 0),
  async measure(layer, { own, passes, shareOfTime, progress }) {
    const values = randomValues(layer);
    // In an empty heap, addresses follow each other in the order of the allocations.
    const fresh = await Promise.all(own.map(({ id }) => createDepthwise(id, `&addresses=${layer.name}`)));
    const results = [];
    for (const pass of passes) {
      progress.pass(pass);
      const right = reference(layer, pass, values);
      results.push({
        row: layer.name,
        shape: formatShape(layer),
        pass,
        results: await measureDistances(fresh, layer, pass, values, right, (count) =>
          shareOfTime(passes.length * count),
        ),
      });
    }
    return results;
  },
};

async function measureDistances(own, layer, pass, values, right, shareOfTime) {
  const prepared = [];
  try {
    for (const backend of own) prepared.push(candidatesOf(backend, layer, pass, values, right));
    const candidates = prepared.flatMap((variant) => variant.candidates);
    return await measurePass(candidates, right, shareOfTime(candidates.length));
  } catch (error) {
    const failed = { status: 'failed', message: error.message };
    return Object.fromEntries(own.flatMap(({ id }) => Object.keys(DISTANCES).map((name) => [`${id}/${name}`, failed])));
  } finally {
    for (const { tensors } of prepared) tensors.forEach((tensor) => tensor.dispose());
  }
}

/** Returns the candidates of a variant of this package, one for each distance, and their tensors. */
function candidatesOf({ id, dw }, layer, pass, values, right) {
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
  const moved = Object.values(DISTANCES).map((distance) =>
    tensorAt(dw, values[movedName], (address + distance) % PAGE),
  );
  // The allocator places a result of this size in the memory that this frees.
  if (isResult) fixed.dispose();
  const candidates = Object.keys(DISTANCES).map((name, i) => {
    const run = passesOf(dw, layer, { ...named, [movedName]: moved[i] })[pass];
    return { id: `${id}/${name}`, run: isResult ? placedResult(run, address) : run };
  });
  return { candidates, tensors: [...Object.values(named), ...moved] };
}

/** Returns `run`, checking the address of its first result: the allocator returns the same address for the same size each time. */
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

export function addressOf(tensor) {
  return tensor.data.byteOffset;
}

/**
 * Returns a tensor whose address modulo a page is `remainder`. The allocator decides the address, so this allocates other tensors that fill
 * the gap before it, until the address is right, and disposes of them at the end.
 */
export function tensorAt(dw, { data, shape }, remainder) {
  const fillers = [];
  try {
    for (let i = 0; i < TRIES; ++i) {
      const tensor = dw.tensor(data, shape);
      const gap = (((remainder - addressOf(tensor)) % PAGE) + PAGE) % PAGE;
      if (gap === 0) return tensor;
      tensor.dispose();
      fillers.push(filler(dw, Math.max(gap - LINE, LINE)));
    }
  } finally {
    for (const tensor of fillers) tensor.dispose();
  }
  throw new Error(`no tensor of ${sizeOf(shape)} values could be placed at ${remainder} modulo ${PAGE}`);
}

function filler(dw, bytes) {
  const values = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
  return dw.tensor(values, [values.length]);
}
