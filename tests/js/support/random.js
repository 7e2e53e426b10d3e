import seedrandom from 'seedrandom';

/** Random numbers that are the same for a seed, on every machine. */
export class Random {
  #unit;

  constructor(seed) {
    this.#unit = seedrandom(String(seed));
  }

  /** Returns an integer from `low` to `high`, both included. */
  within(low, high) {
    return low + Math.floor(this.#unit() * (high - low + 1));
  }

  chance(probability) {
    return this.#unit() < probability;
  }

  oneOf(list) {
    return list[this.within(0, list.length - 1)];
  }

  /** Returns small integers: their sums are exact in float32, in any order, so results must be exact too. */
  integers(size, most = 4) {
    return Float32Array.from({ length: size }, () => this.within(-most, most));
  }

  /** Returns fractions in [-1, 1). */
  fractions(size) {
    return Float32Array.from({ length: size }, () => this.#unit() * 2 - 1);
  }

  /** Returns small integers with a few NaN and infinities. */
  specials(size) {
    const values = this.integers(size);
    for (let i = 0; i < size; ++i) {
      if (this.chance(0.03)) values[i] = this.oneOf([NaN, Infinity, -Infinity]);
    }
    return values;
  }
}
