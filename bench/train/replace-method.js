/** Replaces a method of an object by make(method). Returns a function that restores the object exactly. */
export function replaceMethod(object, name, make) {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { value: make(object[name]), writable: true, configurable: true });
  return () => {
    if (descriptor) Object.defineProperty(object, name, descriptor);
    else delete object[name];
  };
}
