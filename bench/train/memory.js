import { tf } from '../shared/tfjs.js';
import { replaceMethod } from './replace-method.js';

/**
 * Runs one step of a training on the wasm backend. Returns what is live after its forward pass { tensors, bytes }, and the largest number of
 * bytes in use during the step, without the tensors of other trainings. Tensors of kernels that are not results count for the peak. The
 * buffers that C++ allocates inside of a kernel do not.
 *
 * @param {{ own: { tensors: number, bytes: number }, step: () => Promise<any>, forget?: () => void }} training of createTraining
 */
export async function measureMemory({ own, step, forget }) {
  // A compiled step that repeats a recorded one allocates as much memory, but not as tensors, which this function counts.
  forget?.();
  const engine = tf.engine();
  const { dataIdMap } = engine.backend;
  const start = { tensors: tf.memory().numTensors - own.tensors, bytes: own.bytes };
  const live = { tensors: 0, bytes: 0 };
  let { bytes } = start;
  let peak = bytes;
  const undo = [
    replaceMethod(
      dataIdMap,
      'set',
      (set) =>
        function (dataId, data) {
          bytes += bytesOf(data);
          peak = Math.max(peak, bytes);
          return set.call(this, dataId, data);
        },
    ),
    replaceMethod(
      dataIdMap,
      'delete',
      (remove) =>
        function (dataId) {
          bytes -= bytesOf(this.get(dataId));
          return remove.call(this, dataId);
        },
    ),
    replaceMethod(
      engine,
      'tidy',
      (tidy) =>
        function (name, body) {
          // tfjs runs the backward pass in a scope of this name.
          if (name === 'backward') Object.assign(live, { tensors: tf.memory().numTensors - start.tensors, bytes });
          return tidy.call(this, name, body);
        },
    ),
  ];
  try {
    await step();
  } finally {
    for (const restore of undo) restore();
  }
  return { live, peak };
}

function bytesOf({ shape, dtype }) {
  return dtype === 'string' ? 0 : tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype);
}
