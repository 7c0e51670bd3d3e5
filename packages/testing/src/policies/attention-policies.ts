import {
  cfgcache,
  fastercache,
  pab,
  smoothcache,
  smoothcacheCalibration,
  tgate,
  type ModuleKind,
  type Policy,
  type StepCount,
} from '@refrain/core';
import fc from 'fast-check';

const stepCounts = fc.oneof(
  fc.integer({ min: 1, max: 12 }),
  fc.integer({ min: 1, max: 100 }).map((share): StepCount => `${share}%`),
);
const intervals = fc.integer({ min: 1, max: 6 });
const growths = fc.constantFrom(1, 1, 1.1, 0.5, 2);
const masks = fc.array(fc.constantFrom('0', '1'), { maxLength: 64 }).map((digits) => `1${digits.join('')}`);
const schedules = fc.oneof(fc.constant(''), masks);

/** Options of the policies that act on attention and guidance; some depend on the branches of the run. */
export const attentionPolicies: Readonly<
  Record<string, (run: { readonly branches: readonly string[] }) => fc.Arbitrary<Policy>>
> = {
  pab: () =>
    fc
      .record({
        spatial: intervals,
        temporal: intervals,
        cross: intervals,
        low: fc.integer({ min: -1, max: 500 }),
        high: fc.integer({ min: 501, max: 1001 }),
        variant: fc.constantFrom('videosys', 'diffusers'),
        mlpTimesteps: fc.array(fc.constantFrom(1000, 750, 500, 250), { maxLength: 2 }),
        mlpSkip: fc.integer({ min: 1, max: 3 }),
      })
      .map(pab),
  tgate: () =>
    fc
      .record({
        gate: stepCounts,
        spInterval: intervals,
        fiInterval: intervals,
        warmUp: fc.integer({ min: 0, max: 6 }),
        guidance: fc.constantFrom('on', 'off'),
      })
      .map(tgate),
  smoothcache: () =>
    fc
      .record(
        {
          default: schedules,
          self: schedules,
          spatial: schedules,
          temporal: schedules,
          cross: schedules,
          mlp: schedules,
        },
        { requiredKeys: [] },
      )
      .map(smoothcache),
  'smoothcache-calibration': () =>
    fc
      .record({ lookahead: fc.integer({ min: 1, max: 5 }), stride: fc.integer({ min: 1, max: 5 }) })
      .map(smoothcacheCalibration),
  cfgcache: () =>
    fc.oneof(
      fc
        .record({
          start: stepCounts,
          interval: intervals,
          lowWeight: growths,
          lowUntil: stepCounts,
          highWeight: growths,
          highFrom: stepCounts,
        })
        .map(cfgcache),
      fc.constantFrom('none', 'latte').map((model) => cfgcache({ model })),
      intervals.map((interval) => cfgcache({ variant: 'diffusers', interval })),
    ),
  fastercache: ({ branches }) => {
    const guidance = branches.length > 1 ? fc.constantFrom('on', 'off') : fc.constant('off');
    return fc.oneof(
      fc
        .record({
          start: stepCounts,
          interval: fc.constantFrom(2, 3, 4),
          offset: fc.constantFrom(0, 1),
          weight: fc.constantFrom(0, 0.3, 0.5, 1),
          ramp: fc.constantFrom(0, 0, 20),
          stale: fc.constantFrom('compute', 'borrow'),
          guidance,
          guidanceStart: stepCounts,
          guidanceInterval: intervals,
          lowWeight: growths,
          lowUntil: stepCounts,
          highWeight: growths,
          highFrom: stepCounts,
        })
        .map(fastercache),
      guidance.chain((given) =>
        fc
          .constantFrom('none', 'open-sora-1.2', 'cogvideox')
          .map((model) => fastercache({ model, guidance: given })),
      ),
      fc
        .record({
          variant: fc.constant('diffusers'),
          interval: intervals,
          guidanceInterval: intervals,
          guidance,
        })
        .map(fastercache),
    );
  },
};

const attention: readonly (readonly ModuleKind[])[] = [
  ['self-attention'],
  ['spatial-attention', 'mlp'],
  ['temporal-attention', 'cross-attention', 'mlp'],
];

/** The modules of the runners that these policies act on. */
export const modulesFor: Readonly<Record<string, readonly (readonly ModuleKind[])[]>> = {
  pab: attention,
  tgate: attention,
  fastercache: attention,
  smoothcache: [['mlp'], ...attention],
  'smoothcache-calibration': [['mlp'], ...attention],
};

/** Policies that derive one branch from another, and so refuse runs of one. */
export const guidedOnly: ReadonlySet<string> = new Set(['cfgcache']);
