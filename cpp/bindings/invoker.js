/* global addToLibrary */
// Takes the place of a part of Embind's library: what JavaScript calls for each function that is registered. Embind's own is made for
// every kind of argument, and where `new Function` is forbidden it collects them in lists: four calls of it took half of a small
// convolution. Our arguments are numbers and booleans only (embind_types.cpp), of which the engine itself makes what WebAssembly wants, so
// they are passed on as they come; those that a function does not take are ignored.
addToLibrary({
  $craftInvokerFunction: (name, [answer], classType, target) => {
    const convert = answer.fromWireType;
    return (a, b, c, d, e, f) => convert(target(a, b, c, d, e, f));
  },
});
