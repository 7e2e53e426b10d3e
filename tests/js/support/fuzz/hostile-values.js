/**
 * Values that are made to break whoever reads them. Some do something while they are read, `act(action)`: what the actions are is known to
 * who runs the call (hostile-calls.js).
 */
import fc from 'fast-check';

/** What the values themselves throw: it may pass through the function that reads them. */
export class HostileError extends Error {}

const fail = () => {
  throw new HostileError('from within');
};

export const ACTIONS = ['throw', 'dispose', 'grow', 'call', 'layer', 'tidy', 'fail', 'nothing'];

const anything = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const numbers = fc.oneof(
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 0.5, -1, 1e308, -1e308, 5e-324, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 53),
  fc.integer(),
  fc.double(),
);

const shapes = fc.array(fc.oneof(numbers, fc.integer({ min: 0, max: 4 }), fc.constant(null)), { maxLength: 10 });

/** Things that are made anew for each call, by name, because a call may change them. */
const MADE = {
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
  'holes without end': () => Array(4e9),
  'a long array': () => Array(100_000).fill(1),
  'an endless iterator': () => {
    const list = [1, 1];
    list[Symbol.iterator] = function* () {
      for (;;) yield 1;
    };
    return list;
  },
  'an array within itself': () => {
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
  'half a letter': () => 'same\ud800',
  'a text that ends early': () => 'same\0',
  'a deep list': () => {
    let list = [];
    for (let i = 0; i < 10_000; ++i) list = [list];
    return list;
  },
  'keys of the prototype': () => JSON.parse('{"__proto__": {"shape": [1]}, "constructor": 1, "data": 2}'),
  window: () => globalThis,
};

const action = fc.constantFrom(...ACTIONS);

/** What stands in the place of an argument: `make(act, right)` gives the value, where `right` is the one that would have been right. */
export const hostileValue = fc.oneof(
  { arbitrary: anything.map((value) => ({ what: value, make: () => value })), weight: 4 },
  { arbitrary: numbers.map((value) => ({ what: value, make: () => value })), weight: 2 },
  { arbitrary: shapes.map((value) => ({ what: value, make: () => [...value] })), weight: 2 },
  {
    arbitrary: fc.constantFrom(...Object.keys(MADE)).map((what) => ({ what, make: () => MADE[what]() })),
    weight: 3,
  },
  { arbitrary: fc.tuple(fc.constantFrom(...Object.keys(TRAPS())), action).map(toTrap), weight: 4 },
);

function toTrap([name, what]) {
  return { what: `${name}: ${what}`, make: (act, right) => TRAPS()[name](() => act(what), right) };
}

/** Values that act when they are read, and are then what is right, or something else. */
function TRAPS() {
  const proxyOf = (target, before) =>
    new Proxy(target, {
      get(object, key) {
        before(key);
        return Reflect.get(object, key);
      },
    });
  const objectOf = (right) => (right !== null && typeof right === 'object' ? right : {});
  return {
    'a proxy of what is right': (act, right) => proxyOf(objectOf(right), act),
    'getters of what is right': (act, right) => {
      const object = objectOf(right);
      const copy = Array.isArray(object) ? [] : {};
      for (const key of Object.keys(object)) {
        Object.defineProperty(copy, key, { get: () => (act(), object[key]), enumerable: true });
      }
      return copy;
    },
    'a value that converts itself': (act, right) => ({
      valueOf: () => (act(), Number(right)),
      toString: () => (act(), String(right)),
    }),
    'a length that changes': (act, right) => {
      const lengths = [1, 1e9, -5, NaN, 2];
      let asked = 0;
      const list = Array.isArray(right) && right.length < 10 ? right : [1, 1]; // what is right may itself be replaced
      const get = (object, key) => (key === 'length' ? lengths[asked++ % 5] : (act(), Reflect.get(object, key)));
      return new Proxy([...list], { get });
    },
    'entries that change': (act) => {
      let asked = 0;
      const values = [1, 'x', undefined, -1, Symbol('s'), 2n, {}];
      return new Proxy([1, 1], {
        get: (object, key) => (key === 'length' ? Reflect.get(object, key) : (act(), values[asked++ % values.length])),
      });
    },
    'a proxy that fails': (act, right) => {
      act();
      return new Proxy(objectOf(right), { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail });
    },
    'an object with data that act': (act) => ({
      get data() {
        act();
        return new Float32Array(120);
      },
      get shape() {
        act();
        return [2, 5, 6, 2];
      },
    }),
    'an object that writes itself down': (act) => ({
      getClassName: () => (act(), 'Zeros'),
      getConfig: () => (act(), {}),
    }),
  };
}
