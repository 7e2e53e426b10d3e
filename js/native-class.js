/**
 * The class of the objects in the heap whose functions the module has as `Layer.build` and the like (cpp/bindings/method.h); the
 * address of the object goes before the arguments.
 */
export function nativeClassOf(module, className) {
  class Native {
    constructor(address) {
      this.address = address;
    }

    /** @returns {any} an object, or null where there is no memory for one */
    static make() {
      const address = module[`${className}.make`]();
      return address ? new Native(address) : null;
    }
  }
  const prefix = `${className}.`;
  for (const name of Object.keys(module).filter((name) => name.startsWith(prefix))) {
    const call = module[name];
    // No rest parameter, which costs more; what a function does not take is ignored (cpp/bindings/invoker.js).
    Native.prototype[name.slice(prefix.length)] = function (a, b, c, d) {
      return call(this.address, a, b, c, d);
    };
  }
  return Native;
}
