// For `node --import`: runs this process as an engine without relaxed SIMD would. Engines that have it cannot be told to do without, so it
// is where the package asks for it that they say no.
const RELAXED_MADD = [0xfd, 0x85, 0x02];

const { validate } = WebAssembly;
WebAssembly.validate = (source) => {
  const bytes = ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
  return validate(source) && !bytes.includes(Buffer.from(RELAXED_MADD));
};
