import {
  adacache,
  easycache,
  magcache,
  magcacheModels,
  magnitudes,
  teacache,
  teacacheModels,
  type AdaCacheOptions,
  type CodebookEntry,
  type MagCacheModelName,
  type Policy,
  type StepCount,
  type TeaCacheModelName,
} from '@refrain/core';
import fc from 'fast-check';
import type { RunCase } from '../cases/run-case.ts';

const thresholds = fc.oneof(
  fc.constantFrom(0, 0.05, 0.15, 1, 1e9),
  fc.double({ min: 0, max: 2, noNaN: true }),
);
const warmUps: fc.Arbitrary<StepCount> = fc.oneof(
  fc.constantFrom<StepCount>('10%', '33.3%', '100%'),
  fc.integer({ min: 1, max: 6 }),
);
const ratios = fc.array(fc.double({ min: 0.5, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 60 });

function auto<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | 'auto'> {
  return fc.oneof(fc.constant('auto' as const), values);
}

/** Bounds ascend. */
const codebooks: fc.Arbitrary<AdaCacheOptions['codebook']> = fc.oneof(
  fc.constantFrom('fast', 'slow', '100-steps'),
  fc
    .uniqueArray(fc.tuple(fc.double({ min: 1e-6, max: 9, noNaN: true }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 6,
      selector: ([bound]) => bound,
    })
    .map((entries): readonly CodebookEntry[] => entries.toSorted(([a], [b]) => a - b)),
);

/** Options of the step-level policies that look or calibrate, for {@link policyTable}. */
export const stepPolicies: Readonly<Record<string, (run: RunCase) => fc.Arbitrary<Policy>>> = {
  teacache: () =>
    fc
      .record({
        threshold: thresholds,
        model: fc.constantFrom('none', 'none', ...(Object.keys(teacacheModels) as TeaCacheModelName[])),
        coefficients: fc.oneof(
          fc.constant([1, 0]),
          fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 5 }),
        ),
        variant: fc.constantFrom('teacache', 'teacache', 'vllm-omni', 'xdit'),
        // The runners of the tests offer no projection, and `auto` would ask for it.
        signal: fc.constantFrom('modulated', 'modulated', 'timestep-embedding'),
        warmUp: auto(warmUps),
        tail: auto(fc.integer({ min: 0, max: 4 })),
        generation: auto(fc.integer({ min: 1, max: 12 })),
        stride: fc.integer({ min: 1, max: 5 }),
      })
      .map((options) => teacache(options.variant === 'xdit' ? options : { ...options, generation: 'auto' })),
  magcache: () =>
    fc
      .record({
        threshold: thresholds,
        maxSkip: fc.integer({ min: 1, max: 6 }),
        retention: fc.double({ min: 0, max: 1, noNaN: true }),
        variant: auto(fc.constantFrom('wan', 'flux', 'hunyuan', 'omnigen2', 'framepack', 'diffusers')),
        source: fc.oneof(
          fc
            .constantFrom(...(Object.keys(magcacheModels) as MagCacheModelName[]))
            .map((model) => ({ model })),
          fc.array(ratios, { minLength: 1, maxLength: 2 }).map((lists) => ({ ratios: lists })),
        ),
      })
      .map(({ source, ...options }) => magcache({ ...options, ...source })),
  magnitudes: () => fc.constant(magnitudes()),
  easycache: () =>
    fc
      .record({
        threshold: thresholds,
        variant: fc.constantFrom('hunyuan', 'wan'),
        warmUp: auto(fc.integer({ min: 1, max: 6 })),
      })
      .map(easycache),
  adacache: ({ modules }) =>
    fc
      .record({
        codebook: codebooks,
        block: fc.oneof(fc.constant('middle' as const), fc.integer({ min: 0, max: 9 })),
        motion: fc.constantFrom('off', 'on'),
        cache: modules.length > 0 ? fc.constantFrom('stack', 'modules') : fc.constant('stack'),
      })
      .map(adacache),
};
