import { readFileSync } from 'node:fs';

/**
 * The specs that are expected to fail, by reason. `message` is a part of the failure's message; another message is not expected.
 *
 * @type {{ reason: string, message: string, specs: string[] }[]}
 */
const groups = JSON.parse(readFileSync(new URL('expected-failures.json', import.meta.url), 'utf8'));

/**
 * Compares the results of the specs with the list.
 *
 * @param {{ spec: string, passed: boolean, message?: string }[]} specs
 */
export function judge(specs) {
  const failed = specs.filter(({ passed }) => !passed);
  const names = new Set(failed.map(({ spec }) => spec));
  const isListed = ({ spec, message }) =>
    groups.some((group) => group.specs.includes(spec) && message?.includes(group.message));
  return {
    /** Failures that are not listed, or are for another reason. */
    unexpected: failed.filter((spec) => !isListed(spec)).map(({ spec, message }) => `${spec}: ${message}`),
    /** Entries of the list that do not fail. */
    stale: groups.flatMap((group) => group.specs).filter((spec) => !names.has(spec)),
  };
}
