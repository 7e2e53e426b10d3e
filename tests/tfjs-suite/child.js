import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import jasmineCore from 'jasmine-core';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { countCalls } from '../js/support/count-calls.js';

// The process that run.js starts: it runs all specs and sends their results.

const { bundle, plain, leakCheck } = JSON.parse(process.argv[2]);

const { jasmine, ...words } = jasmineCore.noGlobals();
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20000; // tfjs's own value, which it sets on another jasmine
Object.assign(globalThis, words, { jasmine }); // the suite reads them when it is loaded
const { tf, setWasmPaths } = createRequire(import.meta.url)(bundle);

setWasmPaths(
  fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))),
);

/** How often each of our kernels was called. */
const calls = plain ? {} : countCalls(tf, 'wasm', (await registerKernels(tf)).kernels);

// tfjs sets the flag before each of its suites.
if (!leakCheck) words.beforeEach(() => tf.env().set('IS_TEST', false));

/** tfjs's tests of the leak check itself. They fail without it. */
const TESTS_OF_LEAK_CHECK = 'Detects memory leaks in kernels';
/** The part of a spec's name that environment.js adds. */
const ENVIRONMENT = / on-wasm \{[^}]*\}/;

const specs = [];
const env = jasmine.getEnv();
env.configure({
  random: false,
  specFilter: (spec) => leakCheck || !spec.getFullName().startsWith(TESTS_OF_LEAK_CHECK),
});
env.addReporter({
  specDone({ fullName, status, failedExpectations }) {
    if (status !== 'passed' && status !== 'failed') return;
    const message = failedExpectations[0]?.message;
    specs.push({ spec: fullName.replace(ENVIRONMENT, ''), passed: status === 'passed', message });
  },
  suiteDone: addFailures,
  jasmineDone: addFailures,
});

/** Counts a failure outside of specs, such as the removal of a backend, as a failed spec. */
function addFailures({ fullName = 'jasmine', failedExpectations }) {
  for (const { message } of failedExpectations) {
    specs.push({ spec: `after all of ${fullName}`, passed: false, message });
  }
}

await env.execute();
process.send({ specs, calls }, () => process.disconnect());
