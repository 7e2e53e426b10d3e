/**
 * Runs `body` with the operands that the heap makes of the values, and frees what was copied for them. Of the `inputs`, which are their
 * names, the first `required` ones must be there; in the place of another that is not, the list has undefined. `dtypes` has the types of
 * those that are not float32.
 *
 * @template Result
 * @param {{ inputs: string[], required: number, dtypes?: Record<string, string> }} kernel
 * @param {(operands: any[]) => Result} body
 */
export function withOperands(heap, functionName, kernel, values, body) {
  const { inputs, required, dtypes } = kernel;
  const operands = [];
  for (let i = 0; i < inputs.length; ++i) {
    const name = inputs[i];
    const value = values[i];
    const isLeftOut = i >= required && (value === undefined || value === null);
    operands.push(isLeftOut ? undefined : heap.operand(functionName, name, value, dtypes?.[name]));
  }
  try {
    return body(operands);
  } finally {
    for (const operand of operands) heap.free(operand);
  }
}

/** The addresses of operands in the order of their names; 0 for one that is left out. Plain values are copied now. @returns {number[]} */
export function addressesOf(heap, functionName, inputs, operands) {
  return operands.map((operand, i) => (operand ? heap.place(functionName, inputs[i], operand) : 0));
}
