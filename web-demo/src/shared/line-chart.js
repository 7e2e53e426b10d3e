import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour, onThemeChange } from './theme.js';

/**
 * A chart of lines over steps, in the page's colours, as wide as its host.
 *
 * @param {HTMLElement} host
 * @param {object} options
 * @param {string} options.label of the horizontal axis, such as 'step'
 * @param {{ label: string, colour: string, scale?: string, format?: (value: number) => string }[]} options.series `colour` is the name of one
 *   of the style; `scale` 'y' (default, left) or another name (right)
 * @param {number} [options.height] in CSS pixels
 * @param {boolean} [options.logarithmic] the left axis
 * @param {Record<string, [number, number]>} [options.ranges] of scales by name; without one, a scale fits its values
 * @returns {{ set: (xs: number[], ...ys: number[][]) => void }}
 */
export function lineChart(host, { label, series, height = 200, logarithmic = false, ranges = {} }) {
  /** @type {uPlot.AlignedData} */
  let data = [[], ...series.map(() => [])];
  let plot = make();

  function make() {
    const scales = [...new Set(series.map(({ scale = 'y' }) => scale))];
    const axis = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false } };
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
          { ...axis },
          ...scales.map((scale, i) => ({
            ...axis,
            scale,
            side: i === 0 ? 3 : 1,
            size: 56,
            grid: { ...axis.grid, show: i === 0 },
            ...(logarithmic && i === 0
              ? { splits: (_, __, from, to) => decades(from, to), filter: (_, splits) => splits }
              : {}),
            values: (_, splits) => splits.map((value) => (value === null ? '' : shortNumber(value))),
          })),
        ],
        series: [
          { label },
          ...series.map(({ label, colour: name, scale = 'y', format = shortNumber }) => ({
            label,
            scale,
            stroke: colour(name),
            width: 2,
            points: { show: false },
            value: (_, value) => (value === null || value === undefined ? '–' : format(value)),
          })),
        ],
      },
      data,
      host,
    );
  }

  /** In the legend, until the pointer asks for another step. */
  function showLatest() {
    if (data[0].length > 0 && (plot.cursor.idx ?? null) === null) plot.setLegend({ idx: data[0].length - 1 });
  }

  onThemeChange(() => {
    plot.destroy();
    plot = make();
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

/** Powers of ten, not more than six. @param {number} from @param {number} to */
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
