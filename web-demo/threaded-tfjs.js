// A Vite plugin that repairs the threads of TensorFlow.js in a minified bundle.

/**
 * TensorFlow.js starts its threads with the text of the function that this file returns, so the function must not use a variable of the file
 * around it. It tests with `typeof` whether `_scriptDir` exists. Minifiers see that it exists, and remove the test.
 */
const FILE = /tfjs-backend-wasm-threaded-simd\.js/;

/** Each use of `_scriptDir` in the function, and what replaces it. */
const USES = [
  ['if(typeof _scriptDir !== "undefined" && _scriptDir){scriptDirectory=_scriptDir}', ''],
  ['Module["mainScriptUrlOrBlob"]||_scriptDir', 'Module["mainScriptUrlOrBlob"]'],
];

export function threadedTfjs() {
  return {
    name: 'threaded-tfjs',
    transform(code, id) {
      if (!FILE.test(id) || !code.includes('_scriptDir')) return undefined;
      for (const [use] of USES) if (!code.includes(use)) throw new Error(`${id} does not contain ${use}`);
      return { code: USES.reduce((text, [use, instead]) => text.replace(use, instead), code), map: null };
    },
  };
}
