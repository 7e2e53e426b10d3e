// Goals, figures, limits and reports of npm run bench.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { load } from 'depthwise-wasm';
import { limitCandidates, limitOf, workOf } from '../limits/limits.js';
import { denseLayers } from '../shared/dense-layers.js';
import { parseShape, tableRows } from '../shared/layers.js';
import { measurePass } from '../shared/measure.js';
import { addressOf, PAGE, tensorAt } from './addresses.js';
import { figuresOf, floorsFor, overRows, verdictOf } from './goals.js';
import { poolRows } from './pooling.js';
import { documentOf, textReport } from './report.js';

const program = fileURLToPath(new URL('main.js', import.meta.url));
const limitsFile = fileURLToPath(new URL('../../build/wasm/bench/limits.wasm', import.meta.url));

function bench(...args) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

const isClose = (value, expected) => assert.ok(Math.abs(value / expected - 1) < 1e-12, `${value}, not ${expected}`);

const ok = (milliseconds) => ({ status: 'ok', difference: 1e-7, milliseconds, calls: 9 });

const candidates = [
  { id: 'multiplyAdd2', kind: 'arithmetic', factor: 0.5 },
  { id: 'multiplyAdd3', kind: 'arithmetic', factor: 0.5 },
  { id: 'copyVectors', kind: 'copy', factor: 2 },
  { id: 'copyBlock', kind: 'copy', factor: 2 },
];

test('the limit is the longer of arithmetic and copy, each by its fastest candidate, scaled to the row', () => {
  const limitWith = (times) => limitOf(candidates, { simd: ok(0.001), ...times });
  const computing = limitWith({ multiplyAdd2: ok(2), multiplyAdd3: ok(3), copyVectors: ok(0.1), copyBlock: ok(9) });
  isClose(computing.limit, 1);
  assert.deepEqual(Object.keys(computing.limits), ['multiplyAdd2', 'multiplyAdd3', 'copyVectors', 'copyBlock']);
  assert.deepEqual(computing.limits.multiplyAdd3, ok(1.5));
  assert.deepEqual(computing.limits.copyBlock, ok(18));
  isClose(limitWith({ multiplyAdd2: ok(2), multiplyAdd3: ok(3), copyVectors: ok(4), copyBlock: ok(3) }).limit, 6);
});

test('a failed candidate sets no limit; without arithmetic or without a copy the limit is undefined', () => {
  const failed = { status: 'failed', message: 'because' };
  const some = limitOf(candidates, {
    multiplyAdd2: failed,
    multiplyAdd3: ok(3),
    copyVectors: ok(0.1),
    copyBlock: failed,
  });
  isClose(some.limit, 1.5);
  assert.deepEqual(some.limits.multiplyAdd2, failed);
  const none = limitOf(candidates, {
    multiplyAdd2: ok(2),
    multiplyAdd3: ok(3),
    copyVectors: failed,
    copyBlock: failed,
  });
  assert.equal(none.limit, undefined);
  assert.equal(none.limits.multiplyAdd2.milliseconds, 1);
});

/** The interface of limits.cpp in JavaScript, with memory for a copy of 4 KB. */
function limitsModule() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const copied = [];
  const copy = (bytes, times) => {
    copied.push([bytes, times]);
    new Uint8Array(memory.buffer).copyWithin(8192, 4096, 4096 + bytes);
  };
  const multiplyAdd = () => 1000;
  return {
    memory,
    copied,
    ...{ productsPerCall: () => 1000, copySource: () => 4096, copyTarget: () => 8192, maxCopyBytes: () => 4096 },
    ...{ multiplyAdd2: multiplyAdd, multiplyAdd3: multiplyAdd, multiplyAdd4: multiplyAdd },
    ...{ copyVectors: copy, copyBlock: copy },
  };
}

test('candidates for the limit are scaled to the work of the row, and their results are checked', async () => {
  const native = limitsModule();
  const factorsOf = (work) => Object.fromEntries(limitCandidates(native, work).map(({ id, factor }) => [id, factor]));
  const { multiplyAdd3, copyVectors } = factorsOf({ flops: 24000, bytes: 1000 });
  isClose(multiplyAdd3, 3);
  // 500 bytes are rounded up to 512, and copied until 4 MB have been read and written.
  isClose(copyVectors, 1000 / (4096 * 1024));
  // A copy is limited to the size of the memory.
  isClose(factorsOf({ flops: 1, bytes: 8192 * 1024 }).copyBlock, 2);

  const measure = (module) =>
    measurePass(limitCandidates(module, { flops: 8, bytes: 1000 }), null, { rounds: 1, seconds: 1 });
  for (const [id, { status }] of Object.entries(await measure(native))) assert.equal(status, 'ok', id);
  for (const call of native.copied) assert.deepEqual(call, [512, 4096]);
  const idle = await measure({ ...limitsModule(), multiplyAdd4: () => 999, copyBlock() {} });
  assert.deepEqual(
    Object.entries(idle).map(([id, { status }]) => [id, status]),
    [
      ['multiplyAdd2', 'ok'],
      ['multiplyAdd3', 'ok'],
      ['multiplyAdd4', 'wrong'],
      ['copyVectors', 'ok'],
      ['copyBlock', 'wrong'],
    ],
  );
});

test('work counts the products with a pixel inside the image, and every tensor once', () => {
  const work = (text, pass) => workOf(parseShape(text, 'own'), pass);
  // 3 × 3 over 4 × 4 with a border of zeros: along each axis 2 + 3 + 3 + 2 taps.
  assert.deepEqual(work('2x4x4x8,3x3', 'forward'), { flops: 2 * 2 * 8 * 100, bytes: 4 * (256 + 72 + 256) });
  assert.deepEqual(work('2x4x4x8,3x3', 'fused'), { flops: 2 * 2 * 8 * 100, bytes: 4 * (256 + 72 + 256 + 8) });
  // Stride 2 over 5 rows of which the first and last tap of the ends are outside: 2 + 3 + 2.
  assert.equal(work('1x5x1x1,3x1,stride=2,multiplier=3', 'input').flops, 2 * 7 * 3);
  assert.equal(work('1x7x7x4,3x3,pad=valid', 'filter').flops, 2 * 25 * 9 * 4);
  const dense = { ...parseShape('2x4x4x8,3x3', 'own'), outChannels: 5 };
  assert.deepEqual(workOf(dense, 'fused'), { flops: 2 * 2 * 8 * 5 * 100, bytes: 4 * (256 + 360 + 160 + 5) });
});

function row(name, pass, results, { flops = 1e6, limit = 0.1 } = {}) {
  return { row: name, shape: '1x8x8x8,3x3', pass, flops, bytes: 1, limit, results };
}

test('over rows: the geometric mean, and the worst row', () => {
  const rows = [2, 8].map((value) => ({ row: `r${value}`, value }));
  const more = overRows(rows, ({ value }) => value, 'more');
  isClose(more.mean, 4);
  assert.deepEqual([more.worst, more.worstRow.row, more.rows], [2, 'r2', 2]);
  assert.equal(overRows(rows, ({ value }) => value, 'less').worst, 8);
  assert.equal(
    overRows(rows, () => undefined, 'more'),
    undefined,
  );
});

test('a verdict includes the bound itself', () => {
  const more = { better: 'more', floor: 4, aim: 5 };
  assert.deepEqual(
    [3.99, 4, 4.9, 5].map((value) => verdictOf(more, value)),
    ['below the floor', 'meets the floor', 'meets the floor', 'meets the aim'],
  );
  const less = { better: 'less', floor: 1.35, aim: 1.15 };
  assert.deepEqual(
    [1.36, 1.35, 1.15].map((value) => verdictOf(less, value)),
    ['below the floor', 'meets the floor', 'meets the aim'],
  );
  assert.equal(verdictOf(more, undefined), 'not measured');
});

test('every aim is beyond its floor, and newer engines have other floors', () => {
  for (const version of ['11.3.244.8-node.38', '13.6.233.17-node.41']) {
    for (const { id, better, floor, aim } of floorsFor(version)) {
      assert.ok(better === 'more' ? aim > floor : aim < floor, id);
    }
  }
  const forward = (version) => floorsFor(version).find(({ id }) => id === 'forward/tfjs-wasm').floor;
  assert.deepEqual([forward('11.3.244.8-node.38'), forward('13.6.233.17-node.41')], [4, 3.2]);
});

function dense(name, pass, channels, results) {
  return { ...row(name, pass, results, { flops: 1e6, limit: 0.01 }), channels, terms: channels * 9 };
}

function report() {
  return {
    date: '2026-01-01T00:00:00.000Z',
    ...{ seconds: 1, interruptions: 0, tolerance: 1e-4, package: '0.0.0', missing: { 'relaxed-simd': 'because' } },
    machine: { cpu: 'cpu', cores: 1, platform: 'linux', arch: 'x64', node: '20.0.0', v8: '11.3.244.8-node.38' },
    backends: [
      { id: 'simd', title: 'this package', isOurs: true },
      { id: 'tfjs-wasm', title: 'tfjs wasm', version: '4' },
    ],
    sections: {
      passes: [
        row('a', 'forward', { simd: ok(0.2), 'tfjs-wasm': ok(0.6) }),
        row('a', 'fused', { simd: ok(0.25), 'tfjs-wasm': ok(0.6) }),
        row('b', 'forward', { simd: ok(0.125), 'tfjs-wasm': ok(1.5) }),
        row('b', 'filter', { simd: ok(0.25), 'tfjs-wasm': { status: 'none' } }),
      ],
      layouts: [row('a', 'input', { 'simd/NHWC': ok(0.2), 'simd/NCHW': ok(0.3) })],
      addresses: [row('a', 'input', { 'simd/apart': ok(0.2), 'simd/equal': ok(0.21) })],
      dense: [
        dense('first', 'forward', 3, { simd: ok(0.04), 'tfjs-wasm': ok(0.06) }),
        dense('deep', 'forward', 64, { simd: ok(0.016), 'tfjs-wasm': ok(0.024) }),
        dense('deep', 'changing', 64, { simd: ok(0.02), 'tfjs-wasm': ok(0.08) }),
        dense('first', 'filter', 3, { simd: ok(0.025) }),
      ],
      pooling: [
        row('pool-2x2-s2/1', 'maxPoolGradient', { simd: ok(0.15), 'tfjs-cpu': ok(9) }, { flops: 0 }),
        row('pool-2x2-s2/1', 'maxPool', { simd: ok(0.1) }, { flops: 0 }),
        row('pool-3x3-s2/1', 'maxPoolGradient', { simd: ok(0.4) }, { flops: 0 }),
      ],
      networks: [
        {
          ...{ row: 'mobilenet-v1', shape: '1x224x224x3', pass: 'predict' },
          results: { simd: ok(20), 'tfjs-wasm': ok(40) },
        },
      ],
      calls: [row('smallest', 'forward', { simd: ok(0.002) }), row('smallest', 'input', { simd: ok(0.004) })],
      accuracy: [{ id: 'simd', terms: 800000, error: 3e-7 }],
      size: [{ wasm: 40960, javascript: 10240, bytes: 51200 }],
    },
  };
}

test('every goal gets its figure, or is not measured', () => {
  const figures = figuresOf(report(), 'simd', '11.3');
  const expected = {
    'forward/tfjs-wasm': [6, 'meets the aim'],
    'forward/tfjs-wasm/worst': [3, 'meets the aim'],
    'forward/limit': [100 * Math.sqrt(0.5 * 0.8), 'below the floor'],
    'forward/limit/worst': [50, 'meets the floor'],
    'fused/forward': [1.25, 'meets the floor'],
    'filter/forward': [2, 'below the floor'],
    'dense/forward/tfjs-wasm': [1.5, 'meets the aim'],
    'dense/forward/tfjs-wasm/worst': [1.5, 'meets the aim'],
    'dense/changing/tfjs-wasm': [4, 'meets the aim'],
    'dense/forward': [62.5, 'meets the aim'],
    'dense/filter': [40, 'below the floor'],
    'dense/forward/limit': [62.5, 'below the floor'],
    'dense/filter/limit': [40, 'below the floor'],
    'dense/forward/first': [25, 'below the floor'],
    'dense/filter/first': [40, 'meets the floor'],
    'pooling/2x2': [1.5, 'meets the aim'],
    'pooling/3x3': [4, 'below the floor'],
    'networks/mobilenet-v1': [2, 'meets the floor'],
    layouts: [1.5, 'meets the floor'],
    addresses: [1.05, 'meets the aim'],
    call: [4, 'meets the floor'],
    accuracy: [3e-7, 'meets the aim'],
    size: [50, 'meets the floor'],
  };
  for (const { id, value, verdict } of figures) {
    if (!(id in expected)) {
      assert.deepEqual([id, value, verdict], [id, undefined, 'not measured']);
      continue;
    }
    const [number, words] = expected[id];
    assert.ok(Math.abs(value / number - 1) < 1e-9, `${id}: ${value}, not ${number}`);
    assert.equal(verdict, words, id);
  }
  const mean = figures.find(({ id }) => id === 'forward/tfjs-wasm');
  assert.deepEqual([mean.rows, mean.below, mean.worstRow.row], [2, 1, 'a']);
});

test('the text contains tables, figures and missing backends; the document says whether all results are right', () => {
  const document = documentOf(report());
  assert.equal(document.ok, true);
  const text = textReport(document);
  assert.match(text, /^a +1x8x8x8 3x3 +1\.0e-7 +200 µs +5\.0 +50 % +600 µs +3\.00$/m);
  assert.match(text, /^geometric mean .* 6\.00$/m);
  assert.match(text, /forward against tfjs wasm +4\.00× +5\.00× +6\.00× +meets the aim +3\.00× a forward +1 of 2/);
  assert.match(text, /^gradient of max pooling\n\nrow +shape +difference +this package +limit\n/m);
  assert.match(text, /^mobilenet-v1 +1x224x224x3 +1\.0e-7 +20\.0 ms +40\.0 ms +2\.00$/m);
  assert.match(text, /relaxed-simd is missing: because/);

  const broken = report();
  broken.sections.layouts[0].results['simd/NCHW'] = { status: 'wrong', difference: 0.5 };
  assert.equal(documentOf(broken).ok, false);
  const peer = report();
  peer.sections.passes[0].results['tfjs-wasm'] = { status: 'failed', message: 'out of order' };
  assert.equal(documentOf(peer).ok, true);
  assert.match(textReport(documentOf(peer)), /passes, a, forward: tfjs wasm failed: out of order/);
});

test('a limit that could not be measured is left out, with the reason', () => {
  const without = report();
  const [first] = without.sections.passes;
  first.limit = undefined;
  first.limits = { copyBlock: { status: 'failed', message: 'no room' } };
  const document = documentOf(without);
  assert.equal(document.ok, true);
  const text = textReport(document);
  assert.match(text, /^a +1x8x8x8 3x3 +1\.0e-7 +200 µs +5\.0 +– +600 µs +3\.00$/m);
  assert.match(text, /passes, a, forward: copyBlock failed: no room/);
  assert.match(text, /^Limit, measured in each row: from 10\.0 to 10\.0 GF\.$/m);
  const share = document.figures.simd.find(({ id }) => id === 'forward/limit');
  assert.deepEqual([share.rows, share.worstRow.row], [1, 'b']);
  const json = JSON.parse(JSON.stringify(document));
  assert.equal('limit' in json.sections.passes[0], false);
  assert.doesNotMatch(textReport(json), /NaN|Infinity|undefined/);
  for (const row of json.sections.passes) delete row.limit;
  assert.doesNotMatch(textReport(json), /NaN|Infinity|undefined|Limit, measured/);
});

test('tensors can be placed at any line of a page', async () => {
  const dw = await load();
  const before = dw.memory().numTensors;
  const values = { data: new Float32Array(5000).fill(3), shape: [5000] };
  for (const remainder of [0, 64, 2048, PAGE - 64]) {
    const tensor = tensorAt(dw, values, remainder);
    assert.equal(addressOf(tensor) % PAGE, remainder);
    assert.equal(tensor.data[4999], 3);
    tensor.dispose();
  }
  assert.equal(dw.memory().numTensors, before);
});

test(
  'a run with a small shape writes right results',
  { skip: existsSync(limitsFile) ? false : 'npm run bench builds limits.wasm' },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'bench.json');
    try {
      const sections = 'passes,layouts,addresses,calls,size';
      const small = ['--shape', '1x15x15x8,3x3', '--sections', sections, '--variants', 'simd', '--peers', 'tfjs-wasm'];
      const { status, stdout, stderr } = bench(...small, '--budget', '2', '--json', file);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^own\/1 +1x15x15x8 3x3 /m);
      const { ok, sections: rows } = JSON.parse(readFileSync(file, 'utf8'));
      assert.equal(ok, true);
      assert.deepEqual(Object.keys(rows), sections.split(','));
      assert.deepEqual(
        rows.passes.map(({ pass, results }) => [pass, results.simd.status, results['tfjs-wasm'].status]),
        [
          ['forward', 'ok', 'ok'],
          ['fused', 'ok', 'ok'],
          ['input', 'ok', 'none'],
          ['filter', 'ok', 'none'],
        ],
      );
      for (const { limit } of rows.passes) assert.ok(limit > 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test(
  'dense convolutions, poolings and networks of the plug-in give right results',
  { skip: existsSync(limitsFile) ? false : 'npm run bench builds limits.wasm' },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const file = join(folder, 'bench.json');
    try {
      const sections = 'dense,pooling,networks';
      const small = ['--rows', 'mobilenet-v2/dense-19,pool-3x3-s1/2', '--variants', 'simd', '--peers', 'tfjs-wasm'];
      const { status, stderr } = bench(
        ...small,
        '--sections',
        sections,
        '--budget',
        '1',
        '--rounds',
        '3',
        '--json',
        file,
      );
      assert.equal(status, 0, stderr);
      const { sections: rows } = JSON.parse(readFileSync(file, 'utf8'));
      const statuses = Object.values(rows)
        .flat()
        .map(({ row, pass, results }) => [row, pass, results.simd.status, results['tfjs-wasm'].status]);
      assert.deepEqual(statuses, [
        ['mobilenet-v2/dense-19', 'forward', 'ok', 'ok'],
        ['mobilenet-v2/dense-19', 'changing', 'ok', 'ok'],
        ['mobilenet-v2/dense-19', 'fused', 'ok', 'ok'],
        ['mobilenet-v2/dense-19', 'input', 'ok', 'ok'],
        ['mobilenet-v2/dense-19', 'filter', 'ok', 'none'],
        ['pool-3x3-s1/2', 'maxPool', 'ok', 'ok'],
        ['pool-3x3-s1/2', 'maxPoolGradient', 'ok', 'ok'],
        ['pool-3x3-s1/2', 'averagePool', 'ok', 'ok'],
        ['pool-3x3-s1/2', 'averagePoolGradient', 'ok', 'wrong'],
        ['mobilenet-v1', 'predict', 'ok', 'ok'],
        ['mobilenet-v2', 'predict', 'ok', 'ok'],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('--list prints the rows of the table', () => {
  const list = bench('--list').stdout;
  for (const { name } of [...tableRows, ...denseLayers, ...poolRows]) assert.ok(list.includes(`* ${name} `), name);
});

test('wrong options end with exit code 2 and a message', () => {
  const errors = [
    [['--rows', 'resnet'], /no layer is called 'resnet'/],
    [['--shape', '1x8x8'], /the input must be batch x height/],
    [['--passes', 'backward'], /Allowed are forward, fused, input, filter, got 'backward'/],
    [['--sections', 'everything'], /Allowed are passes, /],
    [['--variants', 'avx'], /Allowed are simd, relaxed-simd/],
    [['--budget', '-1'], /must be a positive number/],
    [['--rounds', '0'], /must be a positive number/],
    [['rows'], /too many arguments/],
  ];
  for (const [args, message] of errors) {
    const { status, stdout, stderr } = bench(...args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});
