/**
 * What is shown of each page: its address, and what is done there before the picture is taken.
 *
 * @type {{ name: string, address: string, height: number, act?: (page: any) => Promise<void> }[]}
 */
export const shots = [
  { name: 'start', address: 'index.html', height: 640 },
  { name: 'filter', address: 'filter.html', height: 1040, act: learnTheFilter },
];

async function learnTheFilter(page) {
  await page.waitForSelector('#learn:enabled');
  await page.click('#learn');
  await page.waitForFunction(() => document.getElementById('status').textContent.startsWith('Found'));
  await page.mouse.move(0, 0);
}
