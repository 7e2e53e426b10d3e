/**
 * What can be done to a picture: for each effect the filters of red, green and blue, square, row by row. Their middle is where TensorFlow's
 * 'same' has it: of an even size, the one above and left of the centre.
 *
 * @type {Record<string, (size: number) => number[][]>}
 */
export const effects = {
  blur: (size) => alike(gaussian(size)),
  sharpen: (size) => alike(besideBlur(size, (itself, blurred) => itself + 1.5 * (itself - blurred))),
  edges: (size) => alike(besideBlur(size, (itself, blurred) => 3 * (itself - blurred))),
  emboss: (size) => alike(emboss(size)),
  box: (size) => alike(grid(size, () => 1 / size ** 2)),
  motion: (size) => alike(grid(size, (row, column) => (row + column === size - 1 ? 1 / size : 0))),
  fringes: (size) => [0, middleOf(size), size - 1].map((column) => point(size, middleOf(size), column)),
};

/** @param {number[]} filter */
function alike(filter) {
  return [filter, filter, filter];
}

/** @param {number} size @param {(row: number, column: number) => number} weightAt */
function grid(size, weightAt) {
  return Array.from({ length: size ** 2 }, (_, i) => weightAt(Math.floor(i / size), i % size));
}

/** One weight of 1: it moves the picture. @param {number} size @param {number} row @param {number} column */
function point(size, row, column) {
  return grid(size, (i, j) => (i === row && j === column ? 1 : 0));
}

/** Leaves the picture as it is. @param {number} size */
function identity(size) {
  return point(size, middleOf(size), middleOf(size));
}

/** @param {number} size */
function middleOf(size) {
  return Math.floor((size - 1) / 2);
}

/** A bell that has fallen to 1/e at the middle of each side. @param {number} size */
function gaussian(size) {
  const centre = (size - 1) / 2;
  const bell = grid(size, (i, j) => Math.exp(-((i - centre) ** 2 + (j - centre) ** 2) / centre ** 2));
  const sum = bell.reduce((total, weight) => total + weight);
  return bell.map((weight) => weight / sum);
}

/** @param {number} size @param {(itself: number, blurred: number) => number} combine weight by weight */
function besideBlur(size, combine) {
  const blur = gaussian(size);
  return identity(size).map((weight, i) => combine(weight, blur[i]));
}

/** The picture and its slope towards the lower right. @param {number} size */
function emboss(size) {
  const slope = grid(size, (i, j) => i + j - (size - 1));
  const steepness = 3 / slope.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return identity(size).map((weight, i) => weight + steepness * slope[i]);
}
