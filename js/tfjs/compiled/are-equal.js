/** Returns whether two lists have the same elements. @param {any[]} list @param {any[]} other */
export function areEqual(list, other) {
  return list.length === other.length && list.every((each, i) => each === other[i]);
}
