// Three digits, and the unit that fits.

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
