/** A contestant's tensors and calls for a layer. Where the tensors find no room, every pass fails. */
export async function prepare({ id, activate, prepare }, layer, values, passes) {
  await activate?.();
  try {
    return { id, activate, ...(await prepare(layer, values, passes)) };
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return { id, activate, passes: Object.fromEntries(passes.map((pass) => [pass, fail])), dispose() {} };
  }
}
