/**
 * Returns the reasons why a checkout cannot be published under a tag.
 *
 * @param {string | undefined} tag
 * @param {{ manifest: any, lock: any, changelog: string, cmake: string }} files package.json, package-lock.json, CHANGELOG.md, CMakeLists.txt
 * @returns {string[]}
 */
export function problemsOfRelease(tag, { manifest, lock, changelog, cmake }) {
  const { version } = manifest;
  const problems = [];
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}, but package.json has the version ${version}`);
  if (lock.version !== version) problems.push(`package-lock.json has the version ${lock.version}, not ${version}`);
  if (!cmake.includes(`VERSION ${version} `)) problems.push(`CMakeLists.txt does not have the version ${version}`);
  if (!changelog.includes(`\n## [${version}] - `))
    problems.push(`CHANGELOG.md has no section [${version}] with a date`);
  if (!manifest.repository) problems.push('package.json has no repository; npm compares it with the provenance');
  if (manifest.private) problems.push('package.json marks the package as private');
  return problems;
}
