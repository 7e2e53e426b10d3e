/**
 * The addresses of the side module. Bundlers find the files only by literal paths. The getters read import.meta.url late, because some bundles
 * do not have it; users of such bundles pass the wasm.
 *
 * @type {Record<import('../index.d.ts').Variant, URL>}
 */
export const sideModuleUrls = {
  get 'relaxed-simd'() {
    return new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url);
  },
  get simd() {
    return new URL('../../dist/depthwise-tfjs.wasm', import.meta.url);
  },
};
