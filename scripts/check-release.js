import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { problemsOfRelease } from './release-problems.js';
import { runScript, SetupError } from './steps.js';

// node scripts/check-release.js TAG: whether what is checked out may be published under this tag.

runScript(() => {
  const [tag] = process.argv.slice(2);
  const problems = problemsOfRelease(tag, {
    manifest: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    changelog: read('CHANGELOG.md'),
    cmake: read('CMakeLists.txt'),
  });
  if (problems.length > 0)
    throw new SetupError(`${tag} cannot be released:\n\n${problems.map((p) => `- ${p}`).join('\n')}`);
  console.log(`${tag} is the version everywhere.`);
});

function read(name) {
  return readFileSync(join(projectRoot, name), 'utf8');
}
