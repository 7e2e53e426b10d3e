import { asyncRacer } from './async-racer.js';
import { differenceOf } from './difference.js';
import { modelsOf } from './onnx-models.js';

const OPTIONS = { executionProviders: ['wasm'], graphOptimizationLevel: 'all', logSeverityLevel: 3 };

/** A build of onnxruntime-web on its wasm backend, one thread, with the passes that it has. */
export function ortContestant(ort, { title, passes }) {
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
      const racers = {};
      for (const pass of passes.filter((name) => wanted.includes(name))) {
        const { feeds, toOurs, whole, timing } = modelsOf(layer, values, pass);
        const tensors = Object.fromEntries(
          Object.entries(feeds).map(([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)]),
        );
        const [all, many, one] = [await open(whole), await open(timing[0]), await open(timing[1])];
        racers[pass] = asyncRacer({
          compute: () => compute(all, tensors, toOurs),
          ...differenceOf(
            () => many.run(tensors),
            () => one.run(tensors),
          ),
        });
      }
      return {
        racers,
        async dispose() {
          for (const session of sessions) await session.release();
        },
      };
    },
  };
}

async function compute(session, tensors, toOurs) {
  const { result } = await session.run(tensors);
  return toOurs({ shape: [...result.dims], data: result.data });
}
