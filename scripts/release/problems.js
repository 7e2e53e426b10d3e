/** The sentence that the pages contain until the first release. */
const NOT_PUBLISHED = 'not published on npm yet';

/**
 * Returns the reasons why a checkout cannot be published under a tag.
 *
 * @param {string} tag
 * @param {object} files
 * @param {any} files.manifest package.json
 * @param {any} files.lock package-lock.json
 * @param {string} files.changelog
 * @param {string} files.cmake CMakeLists.txt
 * @param {Record<string, string>} files.pages the pages that say how to install the package
 * @param {string} [slug] OWNER/NAME of the repository on GitHub that publishes
 * @returns {string[]}
 */
export function problemsOfRelease(tag, { manifest, lock, changelog, cmake, pages }, slug) {
  const { version, homepage } = manifest;
  const repository = manifest.repository?.url ?? manifest.repository;
  const problems = [];
  if (tag !== `v${version}`) problems.push(`the tag is ${tag}, but package.json has the version ${version}`);
  if (lock.version !== version) problems.push(`package-lock.json has the version ${lock.version}, not ${version}`);
  if (!cmake.includes(`VERSION ${version} `)) problems.push(`CMakeLists.txt does not have the version ${version}`);
  if (!repository) {
    problems.push('package.json has no repository: its owner must add it; npm compares it with the provenance');
  } else if (slug && slugOf(repository) !== slug) {
    problems.push(`the repository in package.json is ${repository}, but ${slug} publishes`);
  }
  if (!homepage) problems.push('package.json has no homepage: its owner must add it; npm links to it');
  if (manifest.private) problems.push('package.json marks the package as private');
  const section = sectionOf(changelog, version);
  if (section === undefined) problems.push(`CHANGELOG.md has no section [${version}] with a date`);
  else if (!section.includes('\n- ')) problems.push(`CHANGELOG.md lists nothing in its section [${version}]`);
  for (const [name, text] of Object.entries(pages)) {
    if (text.includes(NOT_PUBLISHED)) problems.push(`${name} says that the package is ${NOT_PUBLISHED}`);
  }
  return problems;
}

/** Returns the text of a version in a changelog, without its heading. */
function sectionOf(changelog, version) {
  const start = `[${version}] - `;
  const isOfVersion = (section) => section.startsWith(start) && /^\d{4}-\d\d-\d\d\n/.test(section.slice(start.length));
  return changelog.split(/^## /m).find(isOfVersion);
}

/** Returns OWNER/NAME of an address of a repository on GitHub. */
function slugOf(address) {
  return address.match(/github(?:\.com)?[:/]([^/]+\/[^/#]+?)(?:\.git)?(?:#.*)?$/)?.[1];
}
