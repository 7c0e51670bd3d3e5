import type { Sums } from '../indicator.ts';
import { sumsOfLanes, type Kernel } from './kernel.ts';

/** The kernel in plain TypeScript: runs everywhere, with the bits of the SIMD kernel. */
export const loopKernel: Kernel = { name: 'loop', sums, isFinite: isFiniteByLoop };

function sums(current: Float32Array, reference: Float32Array): Sums {
  const { length } = current;
  const whole = length - (length % 4);
  const lanes = addWholeQuads(current, reference, whole);
  for (let index = whole; index < length; index++) {
    const lane = index - whole;
    const b = reference[index] as number;
    lanes[lane] = (lanes[lane] as number) + Math.abs((current[index] as number) - b);
    lanes[lane + 4] = (lanes[lane + 4] as number) + Math.abs(b);
  }
  return sumsOfLanes(lanes, length);
}

/** Unrolled by hand: four independent chains of additions were measured 1.4 to 1.8 times faster than one. */
function addWholeQuads(current: Float32Array, reference: Float32Array, whole: number): Float64Array {
  let [d0, d1, d2, d3] = [0, 0, 0, 0];
  let [r0, r1, r2, r3] = [0, 0, 0, 0];
  for (let index = 0; index < whole; index += 4) {
    const b0 = reference[index] as number;
    const b1 = reference[index + 1] as number;
    const b2 = reference[index + 2] as number;
    const b3 = reference[index + 3] as number;
    d0 += Math.abs((current[index] as number) - b0);
    d1 += Math.abs((current[index + 1] as number) - b1);
    d2 += Math.abs((current[index + 2] as number) - b2);
    d3 += Math.abs((current[index + 3] as number) - b3);
    r0 += Math.abs(b0);
    r1 += Math.abs(b1);
    r2 += Math.abs(b2);
    r3 += Math.abs(b3);
  }
  return Float64Array.of(d0, d1, d2, d3, r0, r1, r2, r3);
}

function isFiniteByLoop(data: Float32Array): boolean {
  const whole = data.length - (data.length % 4);
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  // x · 0 is zero for a finite x and NaN otherwise; no branch in the loop.
  for (let index = 0; index < whole; index += 4) {
    s0 += (data[index] as number) * 0;
    s1 += (data[index + 1] as number) * 0;
    s2 += (data[index + 2] as number) * 0;
    s3 += (data[index + 3] as number) * 0;
  }
  for (let index = whole; index < data.length; index++) s0 += (data[index] as number) * 0;
  return s0 + s1 + s2 + s3 === 0;
}
