import { InvalidArgumentError } from 'commander';

/** Reads a comma-separated choice, and gives it in the order of `allowed`. */
export function listOf(allowed) {
  return (text) => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) {
      if (!allowed.includes(name)) throw new InvalidArgumentError(`Allowed are ${allowed.join(', ')}, got '${name}'.`);
    }
    return allowed.filter((name) => names.includes(name));
  };
}

export function positive(text) {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a positive number.');
  return value;
}

export function positiveWhole(text) {
  const value = positive(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}
