import { partsOf } from './environment.js';

/** Returns the source of a function `answer` that resolves to a Response with the report of a program or with its error. */
export function answerOf(program) {
  const { imports, body } = partsOf(program, (report) => `return Response.json(${report})`);
  return `${imports}
async function answer() {
  try {
${body}
  } catch (error) {
    return new Response(error.message, { status: 500 });
  }
}
`;
}

/** Returns what a server answers. Throws if it answers with an error. */
export async function reportAt(address) {
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text);
}

/** Opens a page in a browser. Returns what its scripts report as `globalThis.report`. Throws if they report an error. */
export async function reportOfClient(browser, address) {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction(() => globalThis.report);
  const report = await page.evaluate(() => globalThis.report);
  await page.close();
  if (report.error) throw new Error(report.error);
  return report;
}
