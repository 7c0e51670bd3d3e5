/** Whether something works in this browser. */
export interface Findings {
  /** Why it cannot be used, in a sentence; undefined when it can. */
  readonly reason?: string;
  /** What a reader should know before using it. */
  readonly remark?: string;
}

const software = 'In software here, without a graphics card: slow.';

/** A WebGPU adapter, as far as it is asked; the library for pages does not describe it. */
interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean; readonly architecture?: string };
}

/** Asks for a WebGPU adapter. */
export async function probeWebGpu(): Promise<Findings> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (!gpu)
    return {
      reason: globalThis.isSecureContext
        ? 'This browser has no WebGPU.'
        : 'WebGPU needs a secure page: https, or localhost.',
    };
  const adapter = await gpu.requestAdapter();
  if (!adapter) return { reason: 'The browser knows WebGPU but offers no adapter for it.' };
  const emulated =
    adapter.isFallbackAdapter ??
    adapter.info?.isFallbackAdapter ??
    adapter.info?.architecture === 'swiftshader';
  return emulated ? { remark: software } : {};
}

/** Makes a WebGL2 context in this worker and looks who draws. */
export function probeWebGl2(): Findings {
  if (typeof OffscreenCanvas === 'undefined')
    return { reason: 'This browser has no OffscreenCanvas in workers.' };
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (!gl) return { reason: 'No WebGL2 context could be made.' };
  if (!gl.getExtension('EXT_color_buffer_float')) return { reason: 'This WebGL2 cannot compute in float32.' };
  const naming = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = naming ? String(gl.getParameter(naming.UNMASKED_RENDERER_WEBGL)) : '';
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer) ? { remark: software } : {};
}

/** Looks whether WebAssembly may be compiled. */
export function probeWebAssembly(): Findings {
  try {
    // The shortest module there is: its magic number and version.
    return WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
      ? {}
      : { reason: 'This browser does not accept WebAssembly.' };
  } catch {
    return { reason: 'This browser has no WebAssembly, or a policy forbids it.' };
  }
}

/** Kernels are made from text. */
export function probeEvaluation(): Findings {
  const forbidden = { reason: 'A policy of this site forbids making functions from text.' };
  try {
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval
    return typeof new Function('return 1') === 'function' ? {} : forbidden;
  } catch {
    return forbidden;
  }
}
