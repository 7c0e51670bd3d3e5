import type { Indicator } from '../../indicator/indicator.ts';
import type { ModuleKind } from '../../pass/site.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { integerOption } from '../options.ts';
import { compute } from '../span.ts';
import { printMeasure } from './smoothcache-measures.ts';

/** Options of {@link smoothcacheCalibration}. */
export interface SmoothCacheCalibrationOptions {
  /** The farthest distance, in steps, at which outputs are compared. */
  readonly lookahead: number;
  /** Sketch: compare every n-th element of each output. 1 compares all. */
  readonly stride: number;
}

/** What the calibration remembers: where the stream ends, and what its sites are. */
export type SmoothCacheCalibrationState = {
  readonly length: number;
  /** Position, kind and name of each site. */
  readonly sites: readonly (readonly [number, ModuleKind, string])[];
};

/**
 * Computes everything and measures how far every module's output moves over 1 … lookahead steps (Roblox/SmoothCache,
 * commit edeb4ed). Its report makes schedules: see {@link smoothcacheFrom}.
 *
 * An output is remembered under a name that comes round every `lookahead` steps, so that each step meets the outputs of
 * that many steps before it; the newest takes the place of the oldest after it was compared with it. The measured ratios
 * divide by the older output, SmoothCache's by the newer: its magnitude is measured too, under the name `magnitude`.
 */
export const smoothcacheCalibration: PolicyFactory<
  SmoothCacheCalibrationOptions,
  SmoothCacheCalibrationState
> = definePolicy<SmoothCacheCalibrationOptions, SmoothCacheCalibrationState>({
  name: 'smoothcache-calibration',
  about: 'computes everything and measures what a SmoothCache schedule is made from',
  baseline: true,
  options: {
    lookahead: integerOption('farthest distance in steps', 3, { min: 1, max: 16 }),
    stride: integerOption('compare every n-th element', 1, { min: 1 }),
  },
  rule: (options) => ({
    granularity: 'attention',
    needs: { inner: 'any', history: 0 },
    limits: ({ steps }) => ({ warmUp: steps, tail: steps, maxAge: 0 }),
    init: ({ stream }) => ({
      length: stream.length,
      sites: stream.inner.map(({ from, kind, name }) => [from, kind, name] as const),
    }),
    next: ({ length, sites }, { step }) =>
      compute(
        length,
        { kind: 'always-compute' },
        [],
        sites.flatMap((site) => indicatorsAt(site, step, options)),
      ),
    observe: (state) => state,
  }),
});

function indicatorsAt(
  [at, kind, site]: SmoothCacheCalibrationState['sites'][number],
  step: number,
  { lookahead, stride }: SmoothCacheCalibrationOptions,
): readonly Indicator[] {
  const common = { tap: { of: 'value', at }, ...(stride > 1 && { stride }) } as const;
  const changes = Array.from({ length: Math.min(lookahead, step + 1) }, (_, place): Indicator => {
    const own = place === step % lookahead;
    const name = printMeasure({ of: { place, lookahead }, kind, site });
    return { name, against: own ? 'seen' : 'frozen', ...common };
  });
  const magnitude = printMeasure({ of: 'magnitude', kind, site });
  return [...changes, { name: magnitude, against: 'frozen', quantity: 'magnitude', ...common }];
}
