import { readFile } from 'node:fs/promises';
import { differenceRunner } from './difference.js';
import { modelsOf } from './onnx.js';

const OPTIONS = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', logSeverityLevel: 3 };

export async function createInference() {
  return backendOf(await import('onnxruntime-web'), { title: 'ort-web', passes: ['forward', 'fused'] });
}

/** The last version with a training build. Its package allows no import by name in Node, and it would download its wasm. */
export async function createTraining() {
  const dist = new URL('.', import.meta.resolve('ort-training'));
  const ort = await import(new URL('ort.training.wasm.min.mjs', dist).href);
  ort.env.wasm.wasmBinary = await readFile(new URL('ort-training-wasm-simd-threaded.wasm', dist));
  return backendOf(ort, { title: 'ort-web training', passes: ['input', 'filter'] });
}

/** Returns a build of onnxruntime-web as a backend: wasm, one thread, with the passes that it supports. */
function backendOf(ort, { title, passes }) {
  ort.env.wasm.numThreads = 1;
  return {
    title,
    version: ort.env.versions.web,
    async prepare(layer, values, wanted) {
      const sessions = [];
      const open = async (bytes) => {
        const session = await ort.InferenceSession.create(bytes, OPTIONS);
        sessions.push(session);
        return session;
      };
      const runners = {};
      for (const pass of passes.filter((name) => wanted.includes(name))) {
        const { feeds, toOurs, whole, timing } = modelsOf(layer, values, pass);
        const tensors = Object.fromEntries(
          Object.entries(feeds).map(([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)]),
        );
        const [all, many, one] = [await open(whole), await open(timing[0]), await open(timing[1])];
        runners[pass] = differenceRunner({
          async compute() {
            const { result } = await all.run(tensors);
            return toOurs({ shape: [...result.dims], data: result.data });
          },
          runMany: () => many.run(tensors),
          runOne: () => one.run(tensors),
        });
      }
      return {
        runners,
        async dispose() {
          for (const session of sessions) await session.release();
        },
      };
    },
  };
}
