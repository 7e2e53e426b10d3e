/**
 * What this package has to reach (`floor`) and where it should end (`aim`). The figures of the same name are in figures.js. Values are
 * at least (better: 'more') or at most ('less') what is said here; where V8 made peers faster, they differ by its major version.
 */
const V8_OF_NODE_24 = 13;

const table = [
  more('forward/tfjs-wasm', 'forward against tfjs wasm', '×', [4.0, 5], [3.2, 4]),
  more('forward/tfjs-wasm/worst', 'the same, worst row', '×', [2.0, 2.5], [1.65, 2]),
  more('forward/limit', 'forward, share of the limit', '%', [65, 80]),
  more('forward/limit/worst', 'the same, worst row', '%', [40, 60]),
  less('fused/forward', 'bias and relu6, time against forward', '×', [1.35, 1.15]),
  less('input/forward', 'gradient of the input, time against forward', '×', [1.1, 1.0]),
  less('filter/forward', 'gradient of the filter, time against forward', '×', [1.25, 1.1]),
  more('input/tfjs-cpu', 'gradient of the input against tfjs cpu', '×', [120, 150]),
  more('filter/tfjs-cpu', 'gradient of the filter against tfjs cpu', '×', [2000, 2500]),
  more('input/ort-training', 'gradient of the input against ort-web 1.19 training', '×', [8, 12]),
  more('filter/ort-training', 'gradient of the filter against ort-web 1.19 training', '×', [7, 12]),
  more('dense', 'dense filter gradient, 1×1', 'GF', [47, 55]),
  less('layouts', 'NCHW, time against NHWC', '×', [1.5, 1.1]),
  less('addresses', 'equal addresses, time against others', '×', [1.2, 1.05]),
  less('call', 'call, smallest shape', 'µs', [5, 2]),
  less('accuracy', 'filter gradient, 800 000 positive terms, relative error', '', [5e-6, 1e-6]),
  less('size', 'whole package, gzipped wasm and JavaScript', 'KB', [60, 45]),
];

/** For an engine, by the version of its V8: { id, title, unit, better, floor, aim }. */
export function floorsFor(v8Version) {
  const isNew = parseInt(v8Version) >= V8_OF_NODE_24;
  return table.map(({ old, recent, ...rest }) => {
    const [floor, aim] = isNew ? recent : old;
    return { ...rest, floor, aim };
  });
}

/** 'meets the aim', 'meets the floor' or 'below the floor'; 'not measured' without a value. */
export function verdictOf({ better, floor, aim }, value) {
  if (value === undefined || Number.isNaN(value)) return 'not measured';
  const reaches = (bound) => (better === 'more' ? value >= bound : value <= bound);
  if (reaches(aim)) return 'meets the aim';
  return reaches(floor) ? 'meets the floor' : 'below the floor';
}

function more(id, title, unit, old, recent = old) {
  return { id, title, unit, better: 'more', old, recent };
}

function less(id, title, unit, old, recent = old) {
  return { id, title, unit, better: 'less', old, recent };
}
