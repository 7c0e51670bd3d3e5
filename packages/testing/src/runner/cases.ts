import fc from 'fast-check';
import type { AnySubject, RunnerCase } from './law.ts';

/** Any pass, cut anywhere. */
export function passCases({ timesteps, length }: AnySubject): fc.Arbitrary<RunnerCase> {
  const inside = Array.from({ length: Math.max(0, length - 1) }, (_, index) => index + 1);
  return fc.record({
    step: fc.nat(timesteps.length - 1),
    variant: fc.nat(3),
    cuts: fc.subarray(inside, { maxLength: Math.min(5, inside.length) }),
    dice: fc.nat(0xffff),
  });
}
