// Statistics, and numbers as text with three digits.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** A time with the unit that fits: µs, ms or s. */
export function timeText(milliseconds) {
  const inUnit = [
    [milliseconds * 1000, 'µs'],
    [milliseconds, 'ms'],
    [milliseconds / 1000, 's'],
  ];
  const [value, unit] = inUnit.find(([number]) => number < 999.5) ?? inUnit[2];
  return `${value < 99.95 ? value.toPrecision(3) : value.toFixed(0)} ${unit}`;
}

export function ratioText(ratio) {
  return ratio < 9.995 ? ratio.toFixed(2) : ratio < 99.95 ? ratio.toFixed(1) : ratio.toFixed(0);
}

export function differenceText(difference) {
  return difference < 0.01 ? difference.toExponential(1) : difference.toPrecision(2);
}
