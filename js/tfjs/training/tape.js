import { share } from './deferred.js';
import { isOurKernel } from './support.js';

/**
 * Hooks for the tape of tfjs, where no second derivative follows: tensors are saved for the gradients without a kernel and a record on the
 * tape, and the memory of saved tensors and of gradients is freed as soon as the backward pass has used them. tfjs frees both at the end.
 *
 * No second derivative can follow if the tape is the only one (`gradientDepth` 1 in the forward pass, 0 in the backward pass). But
 * another tape may start later, and its backward pass may reach a record of the outer tape. `addTapeNode` handles this case.
 */

/** The tensors that were saved without a record, with their originals. */
const originals = new WeakMap();
/** The outputs of all records, and the outputs that several records share. */
const [outputsOfRecords, repeatedOutputs] = [new WeakSet(), new WeakSet()];
/** The gradients that gradient functions returned, and the gradients that were returned several times. */
const [returnedGradients, repeatedGradients] = [new WeakSet(), new WeakSet()];

/** @type {import('./hooks.js').Hook[]} */
export const tapeHooks = [
  {
    name: 'Engine.clone', // tfjs calls it only for tensors to save
    target: engineOf,
    method: 'clone',
    replacement: (original, tf) =>
      /** @this {any} */
      function clone(x) {
        const isSupported =
          isOnlyTape(this) && isOurKernel(tf, 'Identity') && x.dtype !== 'string' && x.dtype !== 'complex64';
        if (!isSupported) return original.call(this, x);
        const saved = share(this, x);
        originals.set(saved, x);
        return saved;
      },
  },
  {
    name: 'Engine.addTapeNode',
    target: engineOf,
    method: 'addTapeNode',
    replacement: (original) =>
      /** @this {any} */
      function addTapeNode(kernelName, inputs, outputs, gradientsFunc, saved, attrs) {
        original.call(this, kernelName, inputs, outputs, gradientsFunc, saved, attrs);
        for (const output of outputs) addTo(outputsOfRecords, repeatedOutputs, output);
        const record = this.state.activeTape.at(-1);
        const { gradient } = record;
        if (!isOnlyTape(this) || !gradient) return;
        record.gradient = gradientOf(this, record, gradient, (x, copy) => {
          const gradientOfCopy = (dy) => ({ x: () => this.runKernel('Cast', { x: dy }, { dtype: 'float32' }) });
          original.call(this, 'Identity of a saved tensor', { x }, [copy], gradientOfCopy, [], {});
        });
      },
  },
  {
    name: 'Engine.gradients',
    target: engineOf,
    method: 'gradients',
    replacement: (original) =>
      /** @this {any} */
      function gradients(f, xs, ...others) {
        const forward = () => {
          const y = f();
          if (isOnlyTape(this) && y) this.state.activeTape = usedRecords(this.state.activeTape, xs, y);
          return y;
        };
        return original.call(this, forward, xs, ...others);
      },
  },
];

function engineOf(tf) {
  return Object.getPrototypeOf(tf.engine());
}

function isOnlyTape({ state }) {
  return state.gradientDepth === 1;
}

function addTo(all, repeated, tensor) {
  if (all.has(tensor)) repeated.add(tensor);
  all.add(tensor);
}

/**
 * Returns the gradient function of a record. In the last backward pass, it frees what the record has used. In the backward pass of an inner
 * tape, it first records that saved tensors are copies, because the outer tape differentiates what now follows.
 */
function gradientOf(engine, { saved, outputs }, gradient, recordCopy) {
  /** @this {any} tfjs calls it on a copy of the record. The `inputs` of the copy are the inputs that need a gradient. */
  return function (dys) {
    if (engine.state.gradientDepth > 0) {
      for (const copy of saved) {
        if (originals.has(copy)) recordCopy(originals.get(copy), copy);
        originals.delete(copy);
      }
      return gradient(dys);
    }
    const gradients = gradient(dys);
    const results = new Set();
    const names = Object.keys(this.inputs).filter((name) => name in gradients);
    names.forEach((name, i) => {
      const compute = gradients[name];
      gradients[name] = () => {
        const dx = compute();
        results.add(dx);
        addTo(returnedGradients, repeatedGradients, dx);
        if (i === names.length - 1) free(saved, outputs, dys, this.inputs, results);
        return dx;
      };
    });
    return gradients;
  };
}

/** Frees the saved tensors and the gradients of the outputs of a record, except gradients of its inputs and gradients that a user keeps. */
function free(saved, outputs, dys, inputs, results) {
  for (const tensor of saved) if (!results.has(tensor)) tensor.dispose();
  outputs.forEach((output, i) => {
    const dy = dys[i];
    const isOfBackwardPass = dy && dy.id > output.id; // the user may pass the first dy
    const isShared = repeatedGradients.has(dy) || repeatedOutputs.has(output) || Object.values(inputs).includes(output);
    if (isOfBackwardPass && !isShared && !results.has(dy) && !dy.kept) dy.dispose();
  });
}

/** Returns the records of the tape that connect xs with y, and frees the tensors that all other records saved. */
function usedRecords(tape, xs, y) {
  const [fromXs, toY] = [new Set(xs.map(({ id }) => id)), new Set([y.id])];
  const dependsOnXs = tape.map(({ inputs, outputs }) => {
    const depends = Object.values(inputs).some(({ id }) => fromXs.has(id));
    if (depends) for (const { id } of outputs) fromXs.add(id);
    return depends;
  });
  const isUsed = Array(tape.length);
  for (let i = tape.length - 1; i >= 0; --i) {
    const { inputs, outputs } = tape[i];
    const leadsToY = outputs.some(({ id }) => toY.has(id));
    if (leadsToY) for (const { id } of Object.values(inputs)) toY.add(id);
    isUsed[i] = leadsToY && dependsOnXs[i];
  }
  return tape.filter(({ saved }, i) => {
    if (!isUsed[i]) for (const tensor of saved) tensor.dispose();
    return isUsed[i];
  });
}
