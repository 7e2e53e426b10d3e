/** What a reader does on "Teach it here", and what the page then says. Each gets puppeteer's page. */

const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** Until the page has loaded what it needs. */
export const untilReady = (page) => page.waitForSelector('#show-me:not(:disabled)');

/** Until a training has ended. @returns what the page says of it */
export async function untilTrained(page) {
  await page.waitForFunction(() => document.querySelector('#outcome').textContent !== '');
  return textOf(page, '#outcome');
}

/** @returns the accuracy on the examples that were kept aside, from 0 to 100 */
export const keptAsideAccuracy = async (page) => Number.parseInt(await textOf(page, '#figure-aside'), 10);

/** The texts that name the time per step on the backends. */
export async function speeds(page) {
  return { wasm: await textOf(page, '#speed-wasm'), cpu: await textOf(page, '#speed-cpu') };
}

export const loss = async (page) => Number(await textOf(page, '#figure-loss'));

/** Draws with the keyboard: always the same, so that guesses can be compared. @param {string[]} keys pressed between pen down and pen up */
export async function drawWithKeys(page, keys) {
  await page.focus('#pad');
  await page.keyboard.press('Delete');
  await page.keyboard.press(' ');
  for (const key of keys) await page.keyboard.press(key);
  await page.keyboard.press(' ');
}

export const line = Array(6).fill('ArrowRight');
export const corner = [...Array(6).fill('ArrowDown'), ...Array(6).fill('ArrowLeft')];

/** Draws a line from corner to corner with the mouse. */
export async function drawWithMouse(page) {
  await (await page.$('#pad')).scrollIntoView();
  const { x, y, width, height } = await (await page.$('#pad')).boundingBox();
  await page.mouse.move(x + 0.2 * width, y + 0.2 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.8 * width, y + 0.8 * height, { steps: 5 });
  await page.mouse.up();
}

/** Three examples of each of two classes, which is the least that can be trained on. */
export async function addFewExamples(page) {
  for (const [i, keys] of [line, corner].entries()) {
    await drawWithKeys(page, keys);
    for (let count = 0; count < 3; ++count) await page.click(`#add-${i + 1}`);
  }
}

/** Trains on them. */
export async function trainOnFew(page) {
  await addFewExamples(page);
  await page.click('#train');
  return untilTrained(page);
}

/** What the network takes the drawing for, as the page shows it. */
export async function guess(page) {
  await page.waitForFunction(() => document.querySelector('#guess[aria-busy="false"] .best'));
  return page.$$eval('#guess li', (rows) => rows.map((row) => row.innerText.replace(/\s+/g, ' ')));
}

export const exampleCounts = (page) =>
  page.$$eval('.class', (cards) => cards.map((card) => Number.parseInt(card.innerText, 10) || 0));

/** Presses Tab, or Shift and Tab where it is nearer, until the element has the focus. @param {string} id */
export async function tabTo(page, id) {
  const isBehind = await page.evaluate((id) => {
    const following = Node.DOCUMENT_POSITION_FOLLOWING;
    return document.activeElement.compareDocumentPosition(document.getElementById(id)) & following;
  }, id);
  if (!isBehind) await page.keyboard.down('Shift');
  for (let presses = 0; presses < 60; ++presses) {
    if (await page.evaluate((id) => document.activeElement?.id === id, id)) break;
    await page.keyboard.press('Tab');
  }
  if (!isBehind) await page.keyboard.up('Shift');
  if (await page.evaluate((id) => document.activeElement?.id !== id, id))
    throw new Error(`Tab does not come to #${id}`);
}
