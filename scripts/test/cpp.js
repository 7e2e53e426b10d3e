import { buildModule, buildNativeTests } from '../cmake.js';
import { cppCoverage } from '../coverage/cpp.js';
import { projectRoot } from '../project-root.js';
import { run, step } from '../steps.js';
import { catch2Counts } from './counts.js';
import { catch2, emscripten } from './needs.js';
import { coverageVerdict, judged, sum } from './verdict.js';

export async function nativeTests() {
  await buildNativeTests(await catch2());
  return catch2Tests('C++ tests, native', 'build/native/tests/depthwise_tests', []);
}

export async function wasmTests() {
  await buildModule(await emscripten(), { catch2: await catch2() });
  const program = (suffix) => `build/wasm/tests/depthwise_tests${suffix}.cjs`;
  const results = [
    await catch2Tests('C++ tests, wasm', process.execPath, [program('')]),
    await catch2Tests('C++ tests, wasm with relaxed SIMD', process.execPath, [
      '--import=./tests/as-relaxed-simd.js',
      program('_relaxed'),
    ]),
  ];
  return sum(results);
}

async function catch2Tests(title, command, args) {
  // Emscripten's stdout calls itself a terminal, and colours would break up the line with the counts.
  const plain = [...args, '--use-colour', 'no'];
  return step(title, async () => {
    const options = { cwd: projectRoot, show: true, mayFail: true };
    const { outcome, output } = await run(command, plain, options);
    return judged(catch2Counts(output), outcome);
  });
}

/** The C++ tests once more, compiled by clang to count what they run of cpp/. */
export async function coverageTests() {
  const { lines } = await cppCoverage();
  return coverageVerdict('cpp/', lines);
}
