/** Reads { passed, failed, skipped } from what test runners print at their end; null if they did not. */

/** Catch2 2 and 3, console reporter: test cases, not assertions. */
export function catch2Counts(output) {
  const allPassed = output.match(/^All tests passed \(.* in (\d+) test cases?\)/m);
  if (allPassed) return { passed: Number(allPassed[1]), failed: 0, skipped: 0 };
  const line = output.match(/^test cases: .*$/m)?.[0];
  if (!line) return null;
  const count = (word) => Number(line.match(new RegExp(`(\\d+) ${word}\\b`))?.[1] ?? 0);
  // "failed as expected" is a pass of a test that is marked [!shouldfail].
  const asExpected = count('failed as expected');
  const failed = Number(line.match(/(\d+) failed(?! as expected)/)?.[1] ?? 0);
  return { passed: count('passed') + asExpected, failed, skipped: count('skipped') };
}

/** node:test, TAP reporter. */
export function tapCounts(output) {
  const count = (word) => {
    // The last one: a test may print the like itself.
    const found = [...output.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1);
    return found && Number(found[1]);
  };
  if (count('tests') === undefined) return null;
  return {
    passed: count('pass'),
    failed: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
  };
}
