import { load } from '../../../js/index.js';
import { load as loadAnother } from '../../../js/index.js?another';
import { computeAll } from './compute-all.js';
import { reportOf } from './report-of.js';

const WORKERS = 4;
const ROUNDS = 20;

globalThis.report = reportOf(async () => {
  const response = await fetch('/dist/depthwise.wasm');
  const wasmModule = await WebAssembly.compile(await response.arrayBuffer());
  const inWorkers = Promise.all(Array.from({ length: WORKERS }, () => inWorker(wasmModule)));
  const modules = [await load({ wasmModule }), await loadAnother({ wasmModule })];
  const foreign = refusalOf(...modules);
  const texts = [];
  for (let i = 0; i < ROUNDS; ++i) {
    for (const dw of modules) texts.push(...computeAll(dw, 1));
    await new Promise((resolve) => setTimeout(resolve)); // the workers' messages come in between
  }
  const reports = await inWorkers;
  return {
    variants: [...new Set([...modules, ...reports].map(({ variant }) => variant))],
    results: texts.length + reports.reduce((sum, report) => sum + report.texts.length, 0),
    different: new Set([...texts, ...reports.flatMap((report) => report.texts)]).size,
    tensorsLeft: [...modules.map((dw) => dw.memory().numTensors), ...reports.map(({ tensorsLeft }) => tensorsLeft)],
    foreign,
  };
});

function inWorker(wasmModule) {
  return new Promise((resolve, reject) => {
    const worker = new Worker('many-at-once-worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`a worker failed: ${message}`));
    worker.postMessage({ wasmModule, rounds: ROUNDS });
  });
}

/** What the one says to a tensor of the other. */
function refusalOf(one, another) {
  const tensor = another.tensor(new Float32Array(1), [1, 1, 1, 1]);
  try {
    one.depthwiseConv2d(tensor, { data: new Float32Array(1), shape: [1, 1, 1, 1] });
    return 'nothing';
  } catch (error) {
    return error.message;
  } finally {
    tensor.dispose();
  }
}
