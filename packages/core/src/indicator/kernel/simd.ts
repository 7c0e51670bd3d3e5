import type { Sums } from '../indicator.ts';
import { sumsOfLanes, type Kernel } from './kernel.ts';
import { RELATIVE_L1_WASM } from './relative-l1.wasm.ts';

/** Elements that fit a staging area of 64 KiB. Smaller areas were measured up to a tenth slower, larger ones no better. */
const AREA_ELEMENTS = 16_384;
const CURRENT_AREA = 64;
const REFERENCE_AREA = CURRENT_AREA + AREA_ELEMENTS * 4;

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly accumulate: (bytes: number) => void;
  readonly finite: (bytes: number) => number;
}

/** What is used of the platform, written down here so that the sources compile without the DOM's or Node's types. */
interface Platform {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: KernelExports };
  };
  readonly atob: (base64: string) => string;
}

/**
 * Compiles the WebAssembly kernel, synchronously: it is far below the 4 kB that browsers accept on the main thread.
 * Its memory never grows; arrays of any size pass through two staging areas of 64 KiB.
 *
 * @returns undefined where WebAssembly or its SIMD is missing, or where a content security policy forbids it
 */
export function createSimdKernel(): Kernel | undefined {
  const exports = instantiate();
  if (exports === undefined) return undefined;
  const lanes = new Float64Array(exports.memory.buffer, 0, 8);
  const current = new Float32Array(exports.memory.buffer, CURRENT_AREA, AREA_ELEMENTS);
  const reference = new Float32Array(exports.memory.buffer, REFERENCE_AREA, AREA_ELEMENTS);
  return {
    name: 'simd',
    sums: (a: Float32Array, b: Float32Array): Sums => {
      lanes.fill(0);
      for (let start = 0; start < a.length; start += AREA_ELEMENTS) {
        stage(b, start, reference);
        exports.accumulate(stage(a, start, current));
      }
      return sumsOfLanes(lanes, a.length);
    },
    isFinite: (data: Float32Array): boolean => {
      for (let start = 0; start < data.length; start += AREA_ELEMENTS)
        if (exports.finite(stage(data, start, current)) === 0) return false;
      return true;
    },
  };
}

function instantiate(): KernelExports | undefined {
  const { WebAssembly, atob } = globalThis as unknown as Platform;
  try {
    const bytes = Uint8Array.from(atob(RELATIVE_L1_WASM), (character) => character.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  } catch {
    // No such platform, or it refused: the loop kernel gives the same result.
    return undefined;
  }
}

/** Copies the next chunk into an area, pads it with zeros to whole quads, and returns the bytes to process. */
function stage(data: Float32Array, start: number, area: Float32Array): number {
  const chunk = data.subarray(start, start + AREA_ELEMENTS);
  area.set(chunk);
  const padded = Math.ceil(chunk.length / 4) * 4;
  area.fill(0, chunk.length, padded);
  return padded * 4;
}
