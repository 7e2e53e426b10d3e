import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differenceRunner } from './difference.js';
import { modelsOf } from './tflite.js';

const entry = import.meta.resolve('@litertjs/core');
const require = createRequire(entry);

/** Returns LiteRT.js as a backend: its wasm accelerator (XNNPACK), one thread, in the build that it selects for the engine. */
export async function createLiteRt() {
  actAsWorker();
  const { loadAndCompile, loadLiteRt, Tensor } = await import(entry);
  await loadLiteRt(fileURLToPath(new URL('../wasm/', entry)));
  const open = (bytes) => loadAndCompile(bytes, { accelerator: 'wasm' });
  return {
    title: 'LiteRT.js',
    version: require('../package.json').version,
    async prepare(layer, values, wanted) {
      const x = new Tensor(values.x.data, values.x.shape);
      const opened = [x];
      const runners = {};
      for (const pass of ['forward', 'fused'].filter((name) => wanted.includes(name))) {
        const { whole, timing } = modelsOf(layer, values, pass);
        const [all, many, one] = [await open(whole), await open(timing[0]), await open(timing[1])];
        opened.push(all, many, one);
        runners[pass] = differenceRunner({
          compute: () => compute(all, x),
          runMany: () => run(many, x),
          runOne: () => run(one, x),
        });
      }
      return { runners, dispose: async () => opened.forEach((thing) => thing.delete()) };
    },
  };
}

/** LiteRT.js loads its scripts as a page or a worker does; the scripts detect Node and use the variables of a CommonJS module. */
function actAsWorker() {
  Object.assign(globalThis, {
    self: globalThis,
    importScripts(file) {
      const factory = new Function(
        'require',
        '__filename',
        '__dirname',
        `${readFileSync(file, 'utf8')};return ModuleFactory`,
      );
      Object.assign(globalThis, { ModuleFactory: factory(require, file, dirname(file)) });
    },
  });
}

async function compute(model, x) {
  const [y] = await model.run(x);
  const result = { shape: [...y.type.layout.dimensions], data: y.toTypedArray().slice() };
  y.delete();
  return result;
}

async function run(model, x) {
  for (const y of await model.run(x)) y.delete();
}
