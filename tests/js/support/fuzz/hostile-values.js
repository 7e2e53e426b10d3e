import fc from 'fast-check';

/** An error that the values throw. The function that reads them may pass it on. */
export class HostileError extends Error {}

const fail = () => {
  throw new HostileError('from within');
};

/** Actions of a value while it is read; hostile-calls.js defines them. */
const ACTIONS = ['throw', 'dispose', 'grow', 'call', 'layer', 'tidy', 'fail', 'nothing'];

const anything = fc.anything({
  ...{ maxDepth: 3, withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withNullPrototype: true },
  ...{ withObjectString: true, withSet: true, withSparseArray: true, withTypedArray: true },
});
const numbers = fc.oneof(
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 0.5, -1, 1e308, 5e-324, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 53),
  fc.integer(),
  fc.double(),
);
const shapes = fc.array(fc.oneof(numbers, fc.integer({ min: 0, max: 4 }), fc.constant(null)), { maxLength: 10 });

/** Values that a call may change, so each call creates them. */
const CREATED = {
  symbol: () => Symbol('s'),
  'a detached array': () => {
    const data = new Float32Array(120);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    return data;
  },
  'a shared array': () => new Float32Array(new SharedArrayBuffer(480)),
  'a resizable array': () => new Float32Array(new ArrayBuffer(480, { maxByteLength: 960 })),
  'a Float64Array': () => new Float64Array(120),
  'an Int32Array': () => new Int32Array([1, 1]),
  'a sparse array': () => Array(4e9),
  'a long array': () => Array(100_000).fill(1),
  'an endless iterator': () => {
    const list = [1, 1];
    list[Symbol.iterator] = function* () {
      for (;;) yield 1;
    };
    return list;
  },
  'a cyclic array': () => {
    const list = [1];
    list.push(list);
    return list;
  },
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  'a function': () => () => 1,
  'a long text': () => 'same'.repeat(1e6),
  'half a surrogate': () => 'same\ud800',
  'a text with a zero': () => 'same\0',
  'a deep list': () => Array.from({ length: 10_000 }).reduce((list) => [list], []),
  'keys of the prototype': () => JSON.parse('{"__proto__": {"shape": [1]}, "constructor": 1, "data": 2}'),
  'the global object': () => globalThis,
};

const objectOf = (right) => (right !== null && typeof right === 'object' ? right : {});
const proxyOf = (target, before) => new Proxy(target, { get: (object, key) => (before(), Reflect.get(object, key)) });

/** Values that run code when they are read: `(act, right) => value`, where `right` is a valid value of the argument. */
const TRAPS = {
  'a proxy of the valid value': (act, right) => proxyOf(objectOf(right), act),
  'getters of the valid value': (act, right) => {
    const object = objectOf(right);
    const getters = Object.keys(object).map((key) => [key, { get: () => (act(), object[key]), enumerable: true }]);
    return Object.defineProperties(Array.isArray(object) ? [] : {}, Object.fromEntries(getters));
  },
  'a value that converts itself': (act, right) => ({
    valueOf: () => (act(), Number(right)),
    toString: () => (act(), String(right)),
  }),
  'a length that changes': (act, right) => {
    const lengths = [1, 1e9, -5, NaN, 2];
    let asked = 0;
    const list = Array.isArray(right) && right.length < 10 ? right : [1, 1];
    const get = (object, key) => (key === 'length' ? lengths[asked++ % 5] : (act(), Reflect.get(object, key)));
    return new Proxy([...list], { get });
  },
  'entries that change': (act) => {
    let asked = 0;
    const values = [1, 'x', undefined, -1, Symbol('s'), 2n, {}];
    const get = (object, key) =>
      key === 'length' ? Reflect.get(object, key) : (act(), values[asked++ % values.length]);
    return new Proxy([1, 1], { get });
  },
  'a proxy that fails': (act, right) => {
    act();
    return new Proxy(objectOf(right), { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail });
  },
  'an object with getters': (act) => ({
    get data() {
      act();
      return new Float32Array(120);
    },
    get shape() {
      act();
      return [2, 5, 6, 2];
    },
  }),
  'a serializable object': (act) => ({ getClassName: () => (act(), 'Zeros'), getConfig: () => (act(), {}) }),
};

const constant = (value) => ({ what: value, make: () => value });

/** A value that replaces an argument: `make(act, right)` returns it. */
export const hostileValue = fc.oneof(
  { arbitrary: anything.map(constant), weight: 4 },
  { arbitrary: numbers.map(constant), weight: 2 },
  { arbitrary: shapes.map((value) => ({ what: value, make: () => [...value] })), weight: 2 },
  { arbitrary: fc.constantFrom(...Object.keys(CREATED)).map((what) => ({ what, make: CREATED[what] })), weight: 3 },
  {
    arbitrary: fc.tuple(fc.constantFrom(...Object.keys(TRAPS)), fc.constantFrom(...ACTIONS)).map(([name, action]) => ({
      what: `${name}: ${action}`,
      make: (act, right) => TRAPS[name](() => act(action), right),
    })),
    weight: 4,
  },
);
