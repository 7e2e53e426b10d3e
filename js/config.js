import { outOfMemory } from './errors.js';
import { readText, writeText } from './heap-text.js';
import { describe } from './kinds.js';

/** Layer configurations on their way to the module and back, value by value. What they mean is cpp/layer's business. */

// cpp/layer/config_value.h, ConfigView::Kind
const BOOLEAN = 2;
const NUMBER = 3;
const TEXT = 4;
const LIST = 5;
const OBJECT = 6;

/** Gives `body` a configuration in the heap, and takes it away afterwards. */
function withConfig({ NativeConfig }, body) {
  const native = NativeConfig.make();
  if (!native) throw outOfMemory('DepthwiseConv2D');
  try {
    return body(native);
  } finally {
    native.delete();
  }
}

/** `take(address)` is given the value as a configuration. Throws where the value is none. */
export function writeConfig(home, value, take) {
  return withConfig(home, (native) => {
    new ConfigWriter(home.module, native).write(value);
    if (!native.finish()) throw home.call.lastError();
    return take(native.address);
  });
}

/** The value of the configuration that `fill(address)` writes. */
export function readConfig(home, fill) {
  return withConfig(home, (native) => {
    fill(native.address);
    return new ConfigReader(home.module, native).read();
  });
}

/** Stops where the tree takes no more, so that cyclic and endless values end. */
class ConfigWriter {
  #module;
  #native;
  #textBlock;

  constructor(module, native) {
    this.#module = module;
    this.#native = native;
    this.#textBlock = [native.textBlock(), native.textBlockSize()];
  }

  /** @returns {boolean} whether the tree takes any more */
  write(value) {
    const native = this.#native;
    if (value === null) return native.null();
    if (typeof value === 'boolean') return native.boolean(value);
    if (typeof value === 'number') return native.number(value);
    if (typeof value === 'string') return native.text(this.#written(value));
    if (typeof value !== 'object' || ArrayBuffer.isView(value)) return native.foreign(this.#written(describe(value)));
    if (Array.isArray(value)) return this.#writeList(value);
    return this.#writeObject(asPlainObject(value));
  }

  #writeList(list) {
    let more = this.#native.beginList();
    for (let i = 0; more && i < list.length; ++i) more = this.write(list[i]);
    return more && this.#native.end();
  }

  #writeObject(object) {
    let more = this.#native.beginObject();
    for (const [key, value] of Object.entries(object)) {
      if (value === undefined) continue;
      more = more && this.#native.key(this.#written(key)) && this.write(value);
      if (!more) return false;
    }
    return more && this.#native.end();
  }

  #written(text) {
    const [address, room] = this.#textBlock;
    return writeText(this.#module, address, room, text);
  }
}

/** tfjs's initializers, regularizers and constraints write themselves down. */
function asPlainObject(value) {
  const { getClassName, getConfig } = value;
  if (typeof getClassName !== 'function' || typeof getConfig !== 'function') return value;
  return { className: getClassName.call(value), config: getConfig.call(value) };
}

class ConfigReader {
  #module;
  #native;
  #next = 0;

  constructor(module, native) {
    this.#module = module;
    this.#native = native;
  }

  read() {
    const native = this.#native;
    const i = this.#next++;
    switch (native.kindAt(i)) {
      case BOOLEAN:
        return native.booleanAt(i);
      case NUMBER:
        return native.numberAt(i);
      case TEXT:
        return readText(this.#module, native.textAt(i), native.textLengthAt(i));
      case LIST:
        return Array.from({ length: native.sizeAt(i) }, () => this.read());
      case OBJECT:
        return Object.fromEntries(Array.from({ length: native.sizeAt(i) }, () => [this.#nextKey(), this.read()]));
      default:
        return null;
    }
  }

  #nextKey() {
    return readText(this.#module, this.#native.keyAt(this.#next), this.#native.keyLengthAt(this.#next));
  }
}
