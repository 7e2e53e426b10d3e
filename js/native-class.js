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
    // Embind counts the arguments that come, so none may be added; a rest parameter costs more than a choice.
    Native.prototype[name.slice(prefix.length)] = function (a, b, c) {
      switch (arguments.length) {
        case 0:
          return call(this.address);
        case 2:
          return call(this.address, a, b);
        case 3:
          return call(this.address, a, b, c);
        default:
          return call(this.address, ...arguments);
      }
    };
  }
  return Native;
}
