/**
 * What is shown of each page: its address, and what is done there before the picture is taken.
 *
 * @type {{ name: string, address: string, height: number, act?: (page: any) => Promise<void> }[]}
 */
export const shots = [
  { name: 'start', address: 'index.html', height: 640 },
  { name: 'teach', address: 'teach.html', height: 1180, act: teachTheShapes },
  { name: 'lab', address: 'lab.html', height: 1180, act: measureTheLayer },
  { name: 'filter', address: 'filter.html', height: 1040, act: learnTheFilter },
];

async function teachTheShapes(page) {
  await page.waitForSelector('#show-me:enabled');
  await page.click('#show-me');
  await page.waitForFunction(() => document.getElementById('outcome').textContent !== '');
  await page.waitForSelector('#guess[aria-busy="false"] .best');
  await page.mouse.move(0, 0);
}

async function measureTheLayer(page) {
  await page.waitForSelector('#run:enabled');
  await page.click('#run');
  await page.waitForSelector('#cancel');
  await page.waitForFunction(() => !document.getElementById('cancel'), { timeout: 120_000 });
  await page.mouse.move(0, 0);
}

async function learnTheFilter(page) {
  await page.waitForSelector('#learn:enabled');
  await page.click('#learn');
  await page.waitForFunction(() => document.getElementById('status').textContent.startsWith('Found'));
  await page.mouse.move(0, 0);
}
