import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';

for (const page of ['README.md', 'docs/layer.md']) {
  for (const { title, code, output } of examplesIn(page)) {
    test(`${page}: the example under "${title}" prints what the page says`, () => {
      assert.equal(runInChild(code).trimEnd(), output);
    });
  }
}

/** Every js block, with its section and the text block that follows it. */
function examplesIn(page) {
  const text = readFileSync(join(projectRoot, page), 'utf8');
  const examples = text.split(/^##+ /m).flatMap((section) => {
    const title = section.split('\n')[0];
    return [...section.matchAll(/^```js\n(.*?)^```$(.*?)(?=^```js|$(?![^]))/gms)].map(([, code, rest]) => {
      const [, output] = rest.match(/^```text\n(.*?)\n```$/ms) ?? [];
      assert.ok(output, `${page}, "${title}": the js block has no text block after it`);
      return { title, code, output };
    });
  });
  assert.ok(examples.length >= 2, page);
  return examples;
}
