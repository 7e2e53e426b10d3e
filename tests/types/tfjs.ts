// The types of the entries for TensorFlow.js. This file must compile, and no line after a @ts-expect-error may compile without it.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels, trainOnWasm } from 'depthwise-wasm/tfjs';
import type { RegisterOptions, Registration, Variant } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';
import type { LayerClass, Layers, LayersNamespace } from 'depthwise-wasm/tfjs-layers';

// registerKernels
const options: RegisterOptions[] = [
  {},
  { backend: 'cpu' },
  { kernels: ['DepthwiseConv2dNative'] },
  { wasmUrl: new URL('depthwise-tfjs.wasm', import.meta.url) },
  { wasmUrl: 'https://example.com/depthwise-tfjs.wasm' },
  { wasmBinary: new Uint8Array(8) },
  { wasmModule: new WebAssembly.Module(new Uint8Array(8)) },
  { variant: 'relaxed-simd' },
];
for (const each of options) await registerKernels(tf, each);
const registration: Registration = await registerKernels(tf);
const variant: Variant = registration.variant;
const names: readonly string[] = [registration.backend, ...registration.kernels];
// @ts-expect-error no kernels for this backend
await registerKernels(tf, { backend: 'webgl' });
// @ts-expect-error there is no such variant
await registerKernels(tf, { variant: 'avx' });
// @ts-expect-error a list
await registerKernels(tf, { kernels: 'DepthwiseConv2dNative' });
// @ts-expect-error tf is required
await registerKernels();
// @ts-expect-error what is registered does not change
registration.kernels.push('Sum');

// trainOnWasm
const { wasmPaths, hooks } = await trainOnWasm(tf, { compile: true, wasmPaths: '/tfjs/' });
const folder: string | undefined = typeof wasmPaths === 'string' ? wasmPaths : wasmPaths?.['tfjs-backend-wasm.wasm'];
await trainOnWasm(tf, { wasmPaths: { 'tfjs-backend-wasm-simd.wasm': new URL('simd.wasm', import.meta.url) } });
// @ts-expect-error the backend is wasm
await trainOnWasm(tf, { backend: 'cpu' });
// @ts-expect-error there is no such file
await trainOnWasm(tf, { wasmPaths: { 'tfjs.wasm': '/tfjs.wasm' } });
console.log(folder, hooks);

// layersFor: arguments and layers have tfjs's own types
const namespace: LayersNamespace = tfl;
const layers: Layers<typeof tfl> = layersFor(tf, tfl);
const { DepthwiseConv2D, SeparableConv2D, depthwiseConv2d, separableConv2d, registerClasses } = layers;
const depthwise = depthwiseConv2d({
  kernelSize: 3,
  dilationRate: 2,
  depthwiseConstraint: 'nonNeg',
  inputShape: [9, 9, 3],
});
const separable = separableConv2d({ kernelSize: [3, 2], filters: 8, pointwiseInitializer: 'zeros' });
const model: tfl.Sequential = tfl.sequential({ layers: [depthwise, separable] });
const same: ReturnType<typeof tfl.layers.depthwiseConv2d> = new DepthwiseConv2D({ kernelSize: 3 });
const other: ReturnType<typeof tfl.layers.separableConv2d> = new SeparableConv2D({ kernelSize: 3, filters: 1 });
const Class: LayerClass<typeof tfl.layers.depthwiseConv2d, 'DepthwiseConv2D'> = DepthwiseConv2D;
const className: 'SeparableConv2D' = SeparableConv2D.className;
tf.serialization.registerClass(DepthwiseConv2D);
const unregister: () => void = registerClasses();
unregister();
// as '@tensorflow/tfjs' has it: one namespace for both
layersFor({ ...tf, ...tfl }).depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 });
// @ts-expect-error kernelSize is needed
depthwiseConv2d({ dilationRate: 2 });
// @ts-expect-error filters are needed
new SeparableConv2D({ kernelSize: 3 });
// @ts-expect-error core has no layers
layersFor(tf);

export { Class, className, model, names, namespace, other, same, variant };

// layers over sequences
const { depthwiseConv1d, separableConv1d, SeparableConv1D } = layers;
const overSequences = [
  depthwiseConv1d({ kernelSize: 3, padding: 'causal', strides: [2], depthwiseInitializer: 'zeros' }),
  separableConv1d({ kernelSize: [3], filters: 2, dilationRate: 2 }),
  new SeparableConv1D({ kernelSize: 3, filters: 2 }),
];
tfl.sequential({ layers: overSequences });
// @ts-expect-error a sequence has one axis
depthwiseConv1d({ kernelSize: [3, 3] });
// @ts-expect-error there is no such padding
separableConv1d({ kernelSize: 3, filters: 2, padding: 'full' });
