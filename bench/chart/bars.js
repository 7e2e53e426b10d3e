import { overRows, timeOf } from '../table/figures.js';
import { PLAIN } from '../table/own.js';
import { passTitles } from '../table/report.js';

/**
 * What the chart shows of what the benchmark wrote (bench/table/json.js): for each pass, and each contestant that has it, the geometric mean
 * of its times as multiples of the limit, over the rows that it got right: [{ title, bars: [{ id, title, isOurs, value, rows }] }],
 * this package first, then by what they take.
 */
export function groupsOf({ sections, contestants }) {
  return Object.entries(passTitles).flatMap(([pass, title]) => {
    const rows = (sections.passes ?? []).filter((row) => row.pass === pass);
    const bars = contestants.flatMap((contestant) => {
      const over = overRows(rows, (row) => multipleOf(row, contestant.id), 'less');
      return over ? [{ ...contestant, isOurs: contestant.isOurs ?? false, value: over.mean, rows: over.rows }] : [];
    });
    const sorted = bars.sort((a, b) => (b.id === PLAIN ? 1 : a.id === PLAIN ? -1 : a.value - b.value));
    return sorted.length > 0 ? [{ title, rows: rows.length, bars: sorted }] : [];
  });
}

function multipleOf(row, id) {
  const time = timeOf(row, id);
  return time && row.limit && time / row.limit;
}
