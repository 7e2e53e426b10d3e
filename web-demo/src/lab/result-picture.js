import { ratioText, timeText } from '../../../bench/shared/numbers.js';
import { colour } from '../shared/page.js';
import { deviceName } from './comparison.js';
import { backendOf, passOf } from './report.js';
import { subjectTitle } from './results.js';

// A report as a picture, in the colours of the page.

/** All lengths are in CSS pixels. The picture has twice as many pixels. */
const [WIDTH, MARGIN, ROW, HEAD, FOOT, SCALE] = [800, 32, 44, 92, 44, 2];
const PASS = 44;
/** Space after the longest bar, for its factor. */
const FACTOR = 72;

/** Returns a PNG of a report. @param {any} report @returns {Promise<Blob>} */
export function pictureOfReport(report) {
  const rows = report.passes.reduce((sum, { results }) => sum + results.length, 0);
  const height = HEAD + report.passes.length * PASS + rows * ROW + FOOT;
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH * SCALE, height: height * SCALE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.scale(SCALE, SCALE);
  context.fillStyle = colour('surface');
  context.fillRect(0, 0, WIDTH, height);
  const { fontFamily } = getComputedStyle(document.body);
  const text = (
    /** @type {string} */ content,
    x,
    y,
    { size = 15, weight = 400, tint = 'text', align = 'left' } = {},
  ) => {
    Object.assign(context, { font: `${weight} ${size}px ${fontFamily}`, fillStyle: colour(tint), textAlign: align });
    context.fillText(content, x, y, WIDTH - 2 * MARGIN);
  };

  text(subjectTitle(report), MARGIN, 48, { size: 22, weight: 650 });
  text(`depthwise-wasm speed lab · ${deviceName(report)} · ${report.date.slice(0, 10)}`, MARGIN, 74, { size: 13, tint: 'muted' }); // prettier-ignore
  let y = HEAD;
  for (const { pass, results } of report.passes) {
    text(passOf(pass).title, MARGIN, y + 28, { weight: 650 });
    y += PASS;
    const longest = Math.max(...results.map(({ median = 0 }) => median));
    for (const { id, status, median, ratio } of results) {
      const { title, kind, isOurs } = backendOf(id);
      text(`${title} (${kind})`, MARGIN, y + 14, { size: 14 });
      text(status === 'ok' ? timeText(median) : status, WIDTH - MARGIN, y + 14, { size: 14, weight: 600, align: 'right' }); // prettier-ignore
      if (status === 'ok') {
        const length = Math.max(2, ((WIDTH - 2 * MARGIN - FACTOR) * median) / longest);
        context.fillStyle = colour(isOurs ? 'accent' : 'muted');
        context.fillRect(MARGIN, y + 21, length, 12);
        if (ratio) text(`${ratioText(ratio)}×`, MARGIN + length + 8, y + 32, { size: 13 });
      }
      y += ROW;
    }
  }
  text(`Bars: median time of one call, from 0. Factors: relative to this package. Version ${report.package}.`, MARGIN, y + 20, { size: 13, tint: 'muted' }); // prettier-ignore
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The browser could not create the picture.')))),
  );
}
