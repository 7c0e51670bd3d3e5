/**
 * Where kernels run: `webgpu` and `webgl2` on a graphics card, `webasm` in WebAssembly with SIMD, `cpu` in plain
 * JavaScript.
 */
export type GpuMode = 'webgpu' | 'webgl2' | 'webasm' | 'cpu';

/** All modes, fastest first on a machine with a graphics card. */
export const gpuModes: readonly GpuMode[] = ['webgpu', 'webgl2', 'webasm', 'cpu'];
