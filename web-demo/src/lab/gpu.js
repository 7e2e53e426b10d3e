// What the browser reports about the GPU, for the backends of TensorFlow.js that use it.

/** Returns the renderer of WebGL 2, such as 'ANGLE (Apple, …)', or null without WebGL 2 in workers. */
export function webglRenderer() {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!context) return null;
  const { UNMASKED_RENDERER_WEBGL = context.RENDERER } = context.getExtension('WEBGL_debug_renderer_info') ?? {};
  const renderer = String(context.getParameter(UNMASKED_RENDERER_WEBGL));
  context.getExtension('WEBGL_lose_context')?.loseContext(); // a page may open only a few contexts
  return renderer;
}

/** Returns the description of the WebGPU adapter, or null without one. */
export async function webgpuAdapter() {
  const adapter = await /** @type {any} */ (navigator).gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const { vendor, architecture, description } = adapter.info ?? {};
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'unknown adapter';
}

/** Returns whether a renderer computes on the CPU. @param {string} renderer */
export function isSoftware(renderer) {
  return /swiftshader|llvmpipe|software|basic render/i.test(renderer);
}
