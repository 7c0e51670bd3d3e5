import type { Granularity } from '@refrain/core';
import type { ComparisonRow } from '../../src/compare/comparison.ts';
import type { TimelineSite } from '@refrain/charts';

/** A policy of the fixture: what it does at each step, and how that comes out. */
export interface Script {
  readonly policy: string;
  readonly granularity: Granularity;
  readonly psnr: number | null;
  readonly overhead: number;
  /** True if a site is taken from the cache. */
  reuses(site: TimelineSite, step: number): boolean;
  reason(step: number, change: number): string;
  readonly warnings?: ComparisonRow['warnings'];
}

/** Names of the blocks of the sample model. */
export const blocks: readonly string[] = Array.from({ length: 12 }, (_, index) =>
  index % 2 === 0 ? `transformer_blocks.${index / 2}` : `temporal_transformer_blocks.${(index - 1) / 2}`,
);

/** Its inner sites. */
export const sites: readonly TimelineSite[] = blocks.flatMap((block, index) =>
  (index % 2 === 0 ? ['spatial-attention', 'cross-attention', 'mlp'] : ['temporal-attention', 'mlp']).map(
    (kind) => ({
      name: `${block}/${kind}`,
      kind,
    }),
  ),
);

/** Numbers that look random and are the same every time (a linear congruential generator). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** U-shaped relative L1: large at first, flat, rising at the end. */
export function change(step: number, steps: number): number {
  const at = step / (steps - 1);
  return 0.021 + 0.34 * Math.exp(-at * 14) + 0.13 * Math.exp(-(1 - at) * 9);
}

const periodic = (from: number, until: number, period: number) => (_: TimelineSite, step: number) =>
  step > from && step < until && (step - from) % period !== 0;

const broadcast: Readonly<Record<string, number>> = {
  'spatial-attention': 2,
  'temporal-attention': 4,
  'cross-attention': 6,
};

/** Seven policies as a comparison might have them. */
export const scripts: readonly Script[] = [
  {
    policy: 'never',
    granularity: 'block',
    psnr: null,
    overhead: 0,
    reuses: () => false,
    reason: () => 'never reuses',
  },
  {
    policy: 'bwcache(threshold=0.05,interval=3)',
    granularity: 'block',
    psnr: 36.4,
    overhead: 0.05,
    reuses: periodic(7, 27, 4),
    reason: (step, value) =>
      step < 8
        ? `mean relative L1 ${value.toFixed(4)} ${step < 7 ? '≥' : '<'} 0.05`
        : 'schedule after the trigger',
  },
  {
    policy: 'bwcache(threshold=0.1,interval=10%,form=paper)',
    granularity: 'block',
    psnr: 33.1,
    overhead: 0.09,
    reuses: periodic(4, 28, 4),
    reason: (step, value) => `mean relative L1 ${value.toFixed(4)} against 0.1 at step ${step}`,
  },
  {
    policy: 'teacache(threshold=0.02)',
    granularity: 'step',
    psnr: null,
    overhead: 0.02,
    reuses: () => false,
    reason: (_, value) => `accumulated ${(value * 1.7).toFixed(4)} ≥ 0.02`,
    warnings: [
      {
        code: 'never-reused',
        message: 'the threshold 0.02 was never reached: the smallest indicator was 0.0361',
        count: 1,
      },
    ],
  },
  {
    policy: 'teacache(threshold=0.3)',
    granularity: 'step',
    psnr: 28.7,
    overhead: 0.02,
    reuses: (_, step) => step > 2 && step < 29 && ![7, 11, 15, 20, 24, 27].includes(step),
    reason: (step, value) => `accumulated ${(value * (1 + (step % 5))).toFixed(4)} against 0.3`,
  },
  {
    policy: 'fora(interval=3)',
    granularity: 'step',
    psnr: 32.2,
    overhead: 0.01,
    reuses: (_, step) => step % 3 !== 0,
    reason: () => 'schedule',
  },
  {
    policy: 'pab(spatial=2,temporal=4,cross=6,low=450,high=930)',
    granularity: 'attention',
    psnr: 39.6,
    overhead: 0.06,
    reuses: ({ kind }, step) => step > 5 && step < 24 && step % (broadcast[kind] ?? 1) !== 0,
    reason: (step) => (step > 5 && step < 24 ? 'schedule' : 'outside the window 450 < t < 930'),
  },
];
