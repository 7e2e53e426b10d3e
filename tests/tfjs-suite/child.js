import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import jasmineCore from 'jasmine-core';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { countCalls } from '../js/support/count-calls.js';
import { isChosen, placeOf } from './chosen.js';

// The Node process that run.js starts: runs the chosen specs and sends what came of them.

const { bundle, plain, leakCheck } = JSON.parse(process.argv[2]);

const { jasmine, ...words } = jasmineCore.noGlobals();
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20000; // tfjs's own, which it sets on a jasmine that it does not run
Object.assign(globalThis, words, { jasmine }); // where the suite looks for them, from the moment that it is loaded
const { tf, setWasmPaths } = createRequire(import.meta.url)(bundle);

setWasmPaths(
  fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))),
);

/** How often each of our kernels was called. */
const calls = plain ? {} : countCalls(tf, 'wasm', (await registerKernels(tf)).kernels);

// tfjs's suite switches it on before each of its suites.
if (!leakCheck) words.beforeEach(() => tf.env().set('IS_TEST', false));

const specs = [];
const env = jasmine.getEnv();
env.configure({ random: false, specFilter: (spec) => isChosen(spec.getFullName()) });
env.addReporter({
  specDone({ fullName, status, failedExpectations }) {
    if (status !== 'passed' && status !== 'failed') return;
    const message = failedExpectations[0]?.message;
    specs.push({ ...placeOf(fullName), passed: status === 'passed', message });
  },
  suiteDone: addFailures,
  jasmineDone: addFailures,
});

/** What fails around specs, such as when a backend goes, counts as a spec that fails. */
function addFailures({ fullName = 'jasmine', failedExpectations }) {
  for (const { message } of failedExpectations) {
    specs.push({ suite: fullName, spec: `after all of ${fullName}`, passed: false, message });
  }
}

await env.execute();
process.send({ specs, calls }, () => process.disconnect());
