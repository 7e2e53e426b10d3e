/** The result of a suite: { passed, failed, note }. */

/**
 * Runs a program of Catch2 tests.
 *
 * @param {import('../run-tasks.js').Run} run
 */
export async function catch2Result(run, command, args) {
  // Emscripten's stdout claims to be a terminal, and colours would split the line with the counts.
  const { failure, output } = await run(command, [...args, '--use-colour', 'no'], { mayFail: true });
  return resultOf(catch2Counts(output), failure);
}

/** Combines the counts that a test runner printed with the way its process ended. */
export function resultOf(counts, failure) {
  if (!counts) return { passed: 0, failed: 1, note: failure || 'the test runner printed no counts' };
  const { passed, failed, skipped } = counts;
  if (passed + failed === 0) return { passed, failed: 1, note: 'no test ran' };
  // A sanitizer may fail the process after all tests have passed.
  if (failure && failed === 0) return { passed, failed: 1, note: failure };
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

/** Reads the number of test cases from the output of Catch2 2; null if it does not contain them. */
export function catch2Counts(output) {
  const allPassed = output.match(/^All tests passed \(.* in (\d+) test cases?\)/m);
  if (allPassed) return { passed: Number(allPassed[1]), failed: 0, skipped: 0 };
  const line = output.match(/^test cases: .*$/m)?.[0];
  if (!line) return null;
  const count = (pattern) => Number(line.match(pattern)?.[1] ?? 0);
  // "failed as expected" is a passing test with the tag [!shouldfail].
  return {
    passed: count(/(\d+) passed/) + count(/(\d+) failed as expected/),
    failed: count(/(\d+) failed(?! as expected)/),
    skipped: 0,
  };
}

/** Reads the counts from the TAP output of node:test; null if it does not contain them. */
export function tapCounts(output) {
  // A test may print a line like these too; the runner's own line is the last one.
  const count = (word) => Number([...output.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1]);
  if (Number.isNaN(count('tests'))) return null;
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  };
}
