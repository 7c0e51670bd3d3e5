import {
  dbcache,
  dbprune,
  deltaDit,
  dicache,
  fbcache,
  hasStepMask,
  stepMaskPresets,
  type CacheDitOptions,
  type Policy,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';

const thresholds = fc.oneof(
  fc.constantFrom(0, 0.05, 0.15, 0.99, 1, 1e9),
  fc.double({ min: 0, max: 2, noNaN: true }),
);
const strides = fc.integer({ min: 1, max: 5 });
const few = fc.integer({ min: 0, max: 4 });
const limits = fc.constantFrom(-1, -1, 0, 1, 2, 3, 5);
const counts: fc.Arbitrary<StepCount> = fc.oneof(
  fc.constantFrom<StepCount>('10%', '60%', '75%', '100%'),
  fc.integer({ min: 1, max: 9 }),
);

/** What DBCache and DBPrune have in common; presets only for steps that they are defined for. */
function cacheDit(steps: number): fc.Arbitrary<CacheDitOptions> {
  const digits = fc.array(fc.constantFrom('0', '1'), { minLength: 1, maxLength: 64 });
  const given = digits.map((list) => list.join(''));
  const masks = fc.oneof(
    fc.constant(''),
    hasStepMask(steps) ? fc.constantFrom(...stepMaskPresets) : given,
    given,
  );
  return fc.record({
    threshold: thresholds,
    front: fc.integer({ min: 1, max: 8 }),
    back: few,
    warmUp: few,
    warmUpInterval: fc.integer({ min: 1, max: 3 }),
    maxCached: limits,
    maxContinuous: limits,
    mask: masks,
    maskPolicy: fc.constantFrom('static', 'dynamic'),
    stride: strides,
  });
}

/** Options of the block-level policies, for {@link policyTable}. The fault of `diffusers-nan` breaks a law on purpose. */
export const blockPolicies: Readonly<
  Record<string, (run: { readonly steps: number }) => fc.Arbitrary<Policy>>
> = {
  fbcache: () =>
    fc
      .record({
        threshold: thresholds,
        variant: fc.constantFrom('paraattention', 'diffusers', 'xdit', 'lightx2v'),
        warmUp: few,
        blocks: fc.integer({ min: 1, max: 4 }),
        stride: strides,
      })
      .map(fbcache),
  dbcache: ({ steps }) =>
    fc
      .record({
        common: cacheDit(steps),
        own: fc.record({
          maxAccumulated: fc.constantFrom(0, 0, 0.3, 2),
          indicator: fc.constantFrom('residual', 'hidden-states'),
          cfg: fc.constantFrom('separate', 'shared'),
          refresh: fc.constantFrom(0, 0, 2, 5),
          refreshPolicy: fc.constantFrom('once', 'repeat'),
          generation: fc.constantFrom(0, 0, 0, 4, 9),
          variant: fc.constantFrom('clean', 'cache-dit'),
        }),
      })
      .map(({ common, own }) => dbcache({ ...common, ...own })),
  dbprune: ({ steps }) =>
    fc
      .record({
        common: cacheDit(steps),
        own: fc.record({
          keep: fc.array(fc.nat(12), { maxLength: 3 }),
          dynamic: fc.constantFrom('no', 'yes'),
          relax: fc.constantFrom(1.25, 0, 3),
          maxThreshold: fc.constantFrom(0, 0.5, 2),
          cfg: fc.constantFrom('separate', 'shared'),
        }),
      })
      .map(({ common, own }) => dbprune({ ...common, ...own })),
  dicache: () =>
    fc
      .record({
        threshold: thresholds,
        error: fc.constantFrom('delta_y', 'delta_minus'),
        retention: fc.constantFrom(0, 0.2, 0.5, 1),
        probe: fc.integer({ min: 1, max: 4 }),
        variant: fc.constantFrom('flux', 'hunyuan', 'wan'),
        stride: strides,
      })
      .map(dicache),
  deltaDit: () =>
    fc
      .record({
        interval: fc.integer({ min: 1, max: 5 }),
        bound: counts,
        blocks: counts,
        variant: fc.constantFrom('paper', 'taylorseer'),
      })
      .map(deltaDit),
};
