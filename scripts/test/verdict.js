/** What a suite says in the end: { passed, failed, note? }. */

/** What the counts and the way the process ended say together. */
export function judged(counts, outcome) {
  if (!counts) return { passed: 0, failed: 1, note: outcome || 'ended without saying how many ran' };
  const { passed, failed, skipped } = counts;
  if (passed + failed === 0) return { passed, failed: 1, note: 'no tests ran' };
  // Sanitizers that speak at the exit fail the process after all tests have passed.
  if (outcome && failed === 0) return { passed, failed: 1, note: outcome };
  return { passed, failed, note: skipped > 0 ? `${skipped} skipped` : '' };
}

export function sum(results) {
  return {
    passed: results.reduce((total, { passed }) => total + passed, 0),
    failed: results.reduce((total, { failed }) => total + failed, 0),
    note: results
      .map(({ note }) => note)
      .filter(Boolean)
      .join(', '),
  };
}

const LEAST_COVERAGE = 99;

/** Whether so much of the lines of a folder is reached that docs/coverage.md can name what is not; in per cent. */
export function coverageVerdict(folder, lines) {
  const note = `${lines} % of the lines of ${folder} reached`;
  return lines >= LEAST_COVERAGE ? { passed: 1, failed: 0, note } : { passed: 0, failed: 1, note };
}
