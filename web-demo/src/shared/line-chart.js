import 'uplot/dist/uPlot.min.css';
import { colour, onThemeChange } from './page.js';

// uPlot creates number formats when it is evaluated. With import(), the browser does this in a task of its own.
const { default: uPlot } = await import('uplot');

const AXIS_FONT = '12px system-ui, sans-serif';

/**
 * Draws a line chart of values by step, in the colours of the page. The chart fills the width of its host.
 *
 * @param {HTMLElement} host
 * @param {object} options
 * @param {string} options.label of the horizontal axis, such as 'step'
 * @param {{ label: string, colour: string, scale?: string, format?: (value: number) => string, isDashed?: boolean }[]} options.series
 *   `colour`: the name of a colour of style.css; `scale`: 'y' for the left axis (default), any other name for the right axis
 * @param {Record<string, string>} options.axes the labels of the vertical axes, by scale
 * @param {number} [options.height] in CSS pixels
 * @param {boolean} [options.logarithmic] whether the left axis is logarithmic
 * @param {Record<string, [number, number]>} [options.ranges] fixed ranges by scale; other scales fit their values
 * @returns {{ set: (xs: number[], ...ys: number[][]) => void }}
 */
export function lineChart(host, { label, series, axes, height = 200, logarithmic = false, ranges = {} }) {
  /** @type {uPlot.AlignedData} */
  let data = [[], ...series.map(() => [])];
  let plot = create();

  function create() {
    const scales = [...new Set(series.map(({ scale = 'y' }) => scale))];
    const axis = {
      stroke: colour('muted'),
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
      ...{ font: AXIS_FONT, labelFont: AXIS_FONT, labelSize: 20, labelGap: 0 },
    };
    return new uPlot(
      {
        width: host.clientWidth || 300,
        height,
        cursor: { drag: { x: false, y: false } },
        legend: { live: true },
        scales: {
          x: { time: false },
          y: { distr: logarithmic ? 3 : 1 },
          ...Object.fromEntries(Object.entries(ranges).map(([scale, range]) => [scale, { range }])),
        },
        axes: [
          { ...axis, label, size: 28 },
          ...scales.map((scale, i) => ({
            ...axis,
            scale,
            label: axes[scale],
            side: i === 0 ? 3 : 1,
            size: 48,
            grid: { ...axis.grid, show: i === 0 },
            ...(logarithmic && i === 0
              ? { splits: (_, __, from, to) => decades(from, to), filter: (_, splits) => splits }
              : {}),
            values: (_, splits) => splits.map((value) => (value === null ? '' : shortNumber(value))),
          })),
        ],
        series: [
          { label },
          ...series.map(({ label, colour: name, scale = 'y', format = shortNumber, isDashed = false }) => ({
            label,
            scale,
            stroke: colour(name),
            width: 2,
            dash: isDashed ? [6, 4] : undefined,
            points: { show: false },
            value: (_, value) => (value === null || value === undefined ? '–' : format(value)),
          })),
        ],
      },
      data,
      host,
    );
  }

  /** Shows the last step in the legend, unless the pointer selects another step. */
  function showLatest() {
    if (data[0].length > 0 && (plot.cursor.idx ?? null) === null) plot.setLegend({ idx: data[0].length - 1 });
  }

  onThemeChange(() => {
    plot.destroy();
    plot = create();
    showLatest();
  });
  host.addEventListener('pointerleave', showLatest);
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && host.clientWidth !== plot.width) plot.setSize({ width: host.clientWidth, height });
  }).observe(host);

  return {
    set(xs, ...ys) {
      data = [xs, ...ys];
      plot.setData(data);
      showLatest();
    },
  };
}

/** Returns at most six powers of ten between two numbers. @param {number} from @param {number} to */
function decades(from, to) {
  const [first, last] = [Math.ceil(Math.log10(from)), Math.floor(Math.log10(to))];
  const step = Math.max(1, Math.ceil((last - first) / 5));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => 10 ** (first + i * step));
}

/** @param {number} value */
function shortNumber(value) {
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e5))
    return value.toExponential(0).replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
}
