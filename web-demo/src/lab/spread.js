/**
 * The median of some numbers, and the quartiles: between those two lies the middle half. Between two numbers, on the straight line.
 *
 * @param {number[]} values at least one
 */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

function quantile(sorted, part) {
  const position = part * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}
