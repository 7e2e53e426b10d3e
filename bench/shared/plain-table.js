import Table from 'cli-table3';

const LINE = { mid: '─', 'top-mid': '', 'mid-mid': '──', 'bottom-mid': '', middle: '  ' };
const NO_LINES = [
  'top',
  'top-left',
  'top-right',
  'bottom',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'right',
  'right-mid',
];

/** The lines of a table with one rule, under its head; columns from `numbersFrom` on are aligned to the right. */
export function plainTable({ head, body, numbersFrom }) {
  const table = new Table({
    head,
    chars: { ...LINE, ...Object.fromEntries(NO_LINES.map((name) => [name, ''])) },
    colAligns: head.map((_, column) => (column < numbersFrom ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...body);
  // cli-table3 draws a line between any two rows; only the one under the head is wanted.
  const lines = table
    .toString()
    .split('\n')
    .map((text) => text.trimEnd());
  return lines.filter((text, index) => index < 2 || !text.startsWith('─'));
}
