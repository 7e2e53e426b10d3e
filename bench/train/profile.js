import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { tf } from '../shared/tfjs.js';
import { leastTime, workOfCall } from './kernel-work.js';

const BACKEND = 'wasm';

/** Node passes entries of garbage collection on in the first turn of the event loop, and calls the observer in the next one. */
const TURNS_TO_OBSERVE = 3;

/**
 * Runs steps of a training on the wasm backend, and measures each kernel in them. A kernel's time contains its JavaScript, but not the
 * kernels that it calls. If a compiled step repeats a kernel, the time is that of the computation, without the allocation of the result. All
 * times are minima over the steps, so that other programs on the machine do not count: `kernels` for each kernel,
 * `javascript` the sum of the minima of each pause between two kernels. Only `garbage` is the mean over the steps, because most steps
 * collect nothing.
 *
 * @param {{ step: () => Promise<{ start: number, end: number, milliseconds: number }> }} training of createTraining
 * @param {{ steps: number, speeds: { arithmetic: number, copy: number } }} options
 */
export async function profileSteps({ step }, { steps, speeds }) {
  const recorder = createRecorder();
  const collections = [];
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  const undo = wrapKernels(recorder);
  const samples = [];
  let works;
  try {
    // The work of the calls is computed in a step of its own, because it takes time.
    recorder.start({ withWork: true });
    await step();
    works = recorder.kernels();
    observer.observe({ entryTypes: ['gc'] });
    for (let i = 0; i < steps; ++i) {
      recorder.start({ withWork: false });
      const { start, end, milliseconds } = await step();
      samples.push({
        start,
        end,
        milliseconds,
        kernels: recorder.kernels(),
        pauses: pausesOf(recorder.spans(), start, end),
      });
    }
    for (let turn = 0; turn < TURNS_TO_OBSERVE; ++turn) await setImmediate();
  } finally {
    observer.disconnect();
    undo();
  }
  const least = (valueOf) => Math.min(...samples.map(valueOf));
  const inSteps = collections.filter(({ startTime }) =>
    samples.some(({ start, end }) => start <= startTime && startTime < end),
  );
  return {
    milliseconds: least(({ milliseconds }) => milliseconds),
    javascript: sum(samples[0].pauses.map((_, i) => least(({ pauses }) => pauses[i] ?? Infinity))),
    garbage: sum(inSteps.map(({ duration }) => duration)) / steps,
    kernels: [...works]
      .map(([name, { count, works }]) => ({
        ...{ name, calls: count, milliseconds: least(({ kernels }) => kernels.get(name)?.milliseconds ?? 0) },
        flops: sum(works.map(({ flops }) => flops)),
        bytes: sum(works.map(({ bytes }) => bytes)),
        limit: sum(works.map((work) => leastTime(work, speeds))),
      }))
      .sort((a, b) => b.milliseconds - a.milliseconds),
  };
}

/** Returns the times before, between and after calls { start, end } of kernels. */
function pausesOf(spans, start, end) {
  return [...spans.map((span, i) => span.start - (spans[i - 1]?.end ?? start)), end - (spans.at(-1)?.end ?? start)];
}

/** Returns an object that records the calls of kernels, which may call each other. */
export function createRecorder(now = () => performance.now()) {
  let records, spans, withWork;
  let depth = 0;
  /** The time in the kernels that the current kernel called. */
  let inner = 0;
  return {
    /** Begins a step. With `withWork`, the work of each call is recorded. */
    start(options) {
      records = new Map();
      spans = [];
      ({ withWork } = options);
    },
    /** Calls a kernel function, records the call and returns the result. */
    run(name, kernelFunc, call) {
      if (!records.has(name)) records.set(name, { count: 0, milliseconds: 0, works: [] });
      const record = records.get(name);
      const outer = inner;
      inner = 0;
      ++depth;
      const start = now();
      try {
        const result = kernelFunc(call);
        if (withWork) record.works.push(workOfCall(name, call, result));
        return result;
      } finally {
        const end = now();
        ++record.count;
        record.milliseconds += end - start - inner;
        --depth;
        inner = depth > 0 ? outer + (end - start) : 0;
        if (depth === 0) spans.push({ start, end });
      }
    },
    /** Returns the number of calls, the time and the works of each kernel in the step, by name. */
    kernels: () => records,
    /** Returns start and end of each call that no other kernel made. */
    spans: () => spans,
  };
}

/** Registers each kernel of the wasm backend again, with a function that records its calls. Returns a function that undoes it. */
function wrapKernels(recorder) {
  const kernels = tf.getKernelsForBackend(BACKEND);
  for (const kernel of kernels) {
    const { kernelName, kernelFunc } = kernel;
    const recorded = (call) => recorder.run(kernelName, kernelFunc, { ...call, ...observed(call, kernelName) });
    // The plug-in marks its functions with properties.
    register({ ...kernel, kernelFunc: Object.assign(recorded, kernelFunc) });
  }
  return () => kernels.forEach(register);

  /** A compiled step repeats the computations that it observes, without the kernel function. */
  function observed({ observe }, kernelName) {
    return observe && { observe: (ops, kernelFunc) => observe(recordingOps(ops, kernelName), kernelFunc) };
  }

  function recordingOps(ops, kernelName) {
    return {
      set observer(observer) {
        ops.observer =
          observer &&
          ((computation, ...others) => {
            const run = (...args) => recorder.run(kernelName, () => computation.run(...args));
            observer({ ...computation, run }, ...others);
          });
      },
    };
  }
}

function register(kernel) {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
