const column = (text) => text.padStart(12);

export function headLines({ batch, size, alpha }, kernels) {
  return [
    `MobileNetV1 α ${alpha}, ${size}×${size}, batch ${batch}: one step of training after the other, on tfjs's cpu backend and on its wasm`,
    `backend with this package, which registers ${kernels.join(', ')}.`,
    '',
    ['step', 'loss, cpu', 'loss, wasm', 'cpu', 'wasm', '×'].map(column).join(''),
  ];
}

export function stepLine(number, { cpu, wasm }) {
  const ratio = cpu.milliseconds / wasm.milliseconds;
  const losses = [cpu.loss, wasm.loss].map((loss) => loss.toFixed(6));
  const times = [cpu.milliseconds, wasm.milliseconds].map((time) => `${time.toFixed(0)} ms`);
  return [String(number), ...losses, ...times, ratio.toFixed(1)].map(column).join('');
}

export function finalReport({ ok, milliseconds, difference, memory, tfjs, node, cpu }, tolerance) {
  const { before, after } = memory;
  const megabytes = ({ numBytes }) => `${(numBytes / 2 ** 20).toFixed(1)} MB`;
  return [
    '',
    `Median step: cpu ${milliseconds.cpu.toFixed(0)} ms, wasm with this package ${milliseconds.wasm.toFixed(0)} ms: ${(milliseconds.cpu / milliseconds.wasm).toFixed(0)} times as fast.`,
    `Largest difference between the losses: ${difference.toExponential(1)} of them${ok ? '' : `, more than ${tolerance}`}.`,
    `tfjs's tensors after the first step ${before.numTensors} (${megabytes(before)}), after the last ${after.numTensors} (${megabytes(after)}).`,
    `${cpu} · Node ${node} · tfjs ${tfjs}. The first step, which warms up, is not in the medians.`,
  ].join('\n');
}
