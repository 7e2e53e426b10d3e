import { pictureOf } from './picture.js';
import { randomFrom } from './random.js';
import { SHAPES, drawShape } from './shapes.js';

/** Of each shape. */
const EXAMPLES = 40;

/** Each time other drawings, but the same ones in every visit. */
let nextSeed = 1;

/**
 * Draws examples of the page's own shapes, in view: one of each per frame.
 *
 * @param {{ stage: import('./stage.js').Stage, classes: import('./classes.js').Classes }} page
 */
export async function drawExamples({ stage, classes }) {
  const random = randomFrom(nextSeed++);
  classes.set(SHAPES.map(() => []));
  for (let i = 0; i < EXAMPLES; ++i) {
    const drawings = SHAPES.map((shape) => drawShape(shape, random));
    stage.show(drawings[i % SHAPES.length]);
    const pictures = drawings.map(pictureOf);
    classes.set(classes.pictures.map((before, j) => [...before, pictures[j]]));
    await nextFrame();
  }
  classes.arePagesOwn = true;
}

/** Draws one more of them, for the network to name. @param {import('./stage.js').Stage} stage */
export function drawUnseen(stage) {
  const random = randomFrom(`unseen ${nextSeed}`);
  stage.show(drawShape(SHAPES[Math.floor(random() * SHAPES.length)], random));
}

/** Or soon, where the page is not in view and has no frames. */
function nextFrame() {
  return new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, 100);
  });
}
