import { textOf } from './demo-page.js';

// Actions of a user on the page "Teach it here". Each function receives puppeteer's page.

export const untilReady = (page) => page.waitForSelector('#train-samples:not(:disabled)');

/** Waits for the end of the training. Returns its summary. */
export async function untilTrained(page) {
  await page.waitForFunction(() => document.querySelector('#outcome').textContent !== '');
  return textOf(page, '#outcome');
}

/** Draws with the keyboard, which gives the same drawing each time. @param {string[]} keys pressed while the pen is down */
export async function drawWithKeys(page, keys) {
  await page.focus('#pad');
  await page.keyboard.press('Delete');
  await page.keyboard.press(' ');
  for (const key of keys) await page.keyboard.press(key);
  await page.keyboard.press(' ');
}

export const line = Array(6).fill('ArrowRight');
export const corner = [...Array(6).fill('ArrowDown'), ...Array(6).fill('ArrowLeft')];

const OUTLINES = {
  circle: Array.from({ length: 25 }, (_, i) => [Math.cos((i * Math.PI) / 12), Math.sin((i * Math.PI) / 12)]),
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]], // prettier-ignore
  triangle: [[0, -1], [0.9, 0.8], [-0.9, 0.8], [0, -1]], // prettier-ignore
};

/** Draws a clean shape with the mouse, at a place and with a radius relative to the pad. */
export async function drawShape(page, shape, [centreX, centreY], radius) {
  await page.click('#clear:enabled').catch(() => {}); // the pad can be empty
  const pad = await page.$('#pad');
  await pad.scrollIntoView();
  const { x, y, width, height } = await pad.boundingBox();
  const [first, ...others] = OUTLINES[shape].map(([right, down]) => [
    x + width * (centreX + radius * right),
    y + height * (centreY + radius * down),
  ]);
  await page.mouse.move(...first);
  await page.mouse.down();
  for (const point of others) await page.mouse.move(...point, { steps: shape === 'circle' ? 1 : 6 });
  await page.mouse.up();
}

/** Draws a diagonal line with the mouse. */
export async function drawWithMouse(page) {
  const pad = await page.$('#pad');
  await pad.scrollIntoView();
  const { x, y, width, height } = await pad.boundingBox();
  await page.mouse.move(x + 0.2 * width, y + 0.2 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.8 * width, y + 0.8 * height, { steps: 5 });
  await page.mouse.up();
}

/** Adds three examples of two classes, the minimum for training. */
export async function addFewExamples(page) {
  for (const [i, keys] of [line, corner].entries()) {
    await drawWithKeys(page, keys);
    for (let count = 0; count < 3; ++count) await page.click(`#add-${i + 1}`);
  }
}

export async function trainOnFew(page) {
  await addFewExamples(page);
  await page.click('#train');
  return untilTrained(page);
}

/** Returns the texts of the guess, once it is complete. */
export async function guess(page) {
  await page.waitForFunction(() => document.querySelector('#guess[aria-busy="false"] .best'));
  return page.$$eval('#guess li:not([hidden])', (rows) => rows.map((row) => row.innerText.replace(/\s+/g, ' ')));
}

/** Returns the number of different colours of a canvas. */
export const coloursOf = (page, selector) =>
  page.$eval(selector, (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

/** Drops files onto an element: pictures and texts. */
export const dropFiles = (page, selector, counts) =>
  page.$eval(
    selector,
    async (target, { pictures, texts }) => {
      const canvas = new OffscreenCanvas(60, 40);
      canvas.getContext('2d').fillRect(10, 10, 20, 20);
      const picture = await canvas.convertToBlob();
      const dataTransfer = new DataTransfer();
      for (let i = 1; i <= pictures; ++i) dataTransfer.items.add(new File([picture], `picture ${i}`, { type: picture.type })); // prettier-ignore
      for (let i = 1; i <= texts; ++i) dataTransfer.items.add(new File(['text'], `text ${i}`));
      target.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));
    },
    counts,
  );

export const focusedId = (page) => page.evaluate(() => document.activeElement.id);

export const exampleCounts = (page) =>
  page.$$eval('.class:not([hidden])', (cards) => cards.map((card) => Number.parseInt(card.innerText, 10) || 0));
