import { clangTidy } from './clang-tidy.js';
import { consumerTests } from './consumer.js';
import { coverageTests, nativeTests, wasmTests } from './cpp.js';
import { docs } from './docs.js';
import { fuzzTests } from './fuzz.js';
import { browserTests, nodeTests } from './javascript.js';
import { lint } from './lint.js';
import { packageTests } from './package.js';
import { types } from './types.js';

/**
 * The suites in the order in which they run. Each resolves to { passed, failed, note? }; what it
 * throws means that it could not run.
 */
export const suites = {
  lint: { title: 'lint and format', run: lint },
  tidy: { title: 'clang-tidy', run: clangTidy },
  types: { title: 'types', run: types },
  docs: { title: 'API reference', run: docs },
  native: { title: 'C++, native', run: nativeTests },
  coverage: { title: 'C++, coverage', run: coverageTests },
  wasm: { title: 'C++, wasm', run: wasmTests },
  fuzz: { title: 'C++, fuzzing', run: fuzzTests },
  consumer: { title: 'C++ package', run: consumerTests },
  node: { title: 'JavaScript, Node', run: nodeTests },
  browser: { title: 'JavaScript, browsers', run: browserTests },
  package: { title: 'package, installed', run: packageTests },
};
