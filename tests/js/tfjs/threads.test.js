// The threaded build of tfjs's wasm backend, whose memory is shared.
import assert from 'node:assert/strict';
import os from 'node:os';
import { after, describe, mock, test } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

import { once } from '../../browser/support/once.js';
import { reportOnTraining } from '../../browser/training/report-on-training.js';
import { testTraining } from '../../browser/training/test-training.js';
import { registerThreadedBackend } from '../support/tfjs-threaded-backend.js';

describe('the kernels in TensorFlow.js with threads', () => {
  let remove;
  const report = once(() => {
    tf.enableProdMode(); // quiet
    mock.method(os, 'cpus', () => Array(4).fill({})); // tfjs starts one thread for two cores
    remove = registerThreadedBackend(tf);
    return reportOnTraining(tf, tfl);
  });

  after(() => remove());

  test('work in the memory that the threads share', async () => {
    const { isMemoryShared, threads } = await report();
    assert.ok(isMemoryShared);
    assert.equal(threads, 2);
  });

  testTraining(report);
});
