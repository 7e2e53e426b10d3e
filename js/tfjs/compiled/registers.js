import { outOfMemory } from '../../arguments.js';
import { sizeOf } from '../../ops.js';

/**
 * The values, gradients and temporary results of a training step, by number. They are TensorInfos { dataId, shape, dtype }, whose references the
 * backend counts, or Memory. A register owns one reference until it is disposed or taken.
 */
export class Registers {
  /** An info stays here after its data are freed, because gradients need the shapes. */
  infos = [];
  /** Infos of the caller, which no register owns. */
  given = [];
  #tf;
  #backend;
  #isOwner = [];

  constructor(tf, backend) {
    this.#tf = tf;
    this.#backend = backend;
  }

  put(register, info) {
    this.infos[register] = info;
    this.#isOwner[register] = true;
  }

  /** Returns the info of an operand of a call: of a register, or of a weight. */
  read(operand) {
    return typeof operand === 'number' ? this.infos[operand] : operand?.read();
  }

  /** Returns another reference to the data of a tensor. */
  share({ dataId, shape, dtype }) {
    this.#backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Returns the info of a register, of which the caller becomes the owner. */
  take(register) {
    this.#isOwner[register] = false;
    return this.infos[register];
  }

  dispose(register) {
    const info = this.take(register);
    if (info instanceof Memory) info.free();
    // If tfjs has disposed its tensor before, this is the last reference, also for the counts of tfjs.
    else if (this.#backend.disposeData(info.dataId)) this.#tf.engine().removeDataId(info.dataId, this.#backend);
  }

  /** Replaces Memory by tensors, which all kernels can read. */
  makeTensors() {
    this.infos.forEach((info, register) => {
      if (!this.#isOwner[register] || !(info instanceof Memory)) return;
      this.put(register, info.tensor());
      info.free();
    });
  }

  /** Disposes everything that a register owns. */
  free() {
    this.#isOwner.forEach((isOwner, register) => isOwner && this.dispose(register));
  }
}

/** Memory for a result that only recorded computations read. A tensor of the backend takes about 1 µs more. */
export class Memory {
  dtype = 'float32';
  #module;

  /** @param {{ native: any, heap: any, memory: any }} module */
  constructor(module, functionName, shape) {
    const bytes = 4 * sizeOf(shape);
    this.shape = shape;
    this.#module = module;
    this.address = module.native.allocate(bytes) >>> 0;
    if (this.address === 0) throw outOfMemory(functionName, bytes);
  }

  /** Returns a tensor with the same values. */
  tensor() {
    const { heap, memory } = this.#module;
    const info = heap.allocate('trainOnBatch', this.shape);
    const end = this.address + 4 * sizeOf(this.shape);
    new Uint8Array(memory.buffer).copyWithin(heap.addressOf(info), this.address, end);
    return info;
  }

  free() {
    this.#module.native.release(this.address);
  }
}
