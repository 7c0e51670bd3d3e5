import { parsePolicy, type ModuleKind, type RunShape } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { recordedCases, type RecordedCase } from './recorded-cases.ts';
import { replay, streamWith, type ReplayOptions } from './replay.ts';

/** Masks that a policy must give whatever is generated, next to the code that gives them. 1 = computed. */
interface Golden {
  readonly policy: string;
  readonly mask: string;
}

function maskOf(policy: string, options: ReplayOptions): string {
  return replay(parsePolicy(policy), options).mask;
}

/** So many whole timesteps from 1000 down to one step above 0. */
function timestepsTo0(steps: number): readonly number[] {
  return Array.from({ length: steps }, (_, step) => Math.floor(1000 - (1000 / steps) * step));
}

/** A block of one module, and timesteps. */
function shape(kind: ModuleKind, timesteps: readonly number[]): Partial<RunShape> {
  return { stream: streamWith(1, [kind]), timesteps };
}

describe('MagCache', () => {
  test.each<Golden & { steps: number }>([
    {
      policy: 'magcache(model=flux,threshold=0.24,maxSkip=5,retention=0.1)',
      steps: 28,
      mask: '1110010001010000010000010010',
    },
    {
      policy: 'magcache(model=flux,threshold=0.24,maxSkip=5,retention=0.1,variant=diffusers)',
      steps: 28,
      mask: '1110010001000001000001000010',
    },
    {
      policy: 'magcache(model=flux,threshold=0.24,maxSkip=5,retention=0.2)',
      steps: 28,
      mask: '1111110001010000010000010010',
    },
    {
      policy: 'magcache(model=flux,threshold=0.06,maxSkip=2,retention=0.2)',
      steps: 28,
      mask: '1111110101010010010010010111',
    },
    {
      policy: 'magcache(model=flux,threshold=0.24,maxSkip=5,retention=0.1)',
      steps: 50,
      mask: '11111010010001000100100000100000100000100000100100',
    },
    {
      policy: 'magcache(model=flux,threshold=0.24,maxSkip=5,retention=0.1)',
      steps: 20,
      mask: '11001000100000100001',
    },
  ])('on FLUX: $policy, $steps steps', ({ policy, steps, mask }) => {
    expect(maskOf(policy, { steps })).toBe(mask);
  });

  // One digit a call, the branches in turn. The lists are those with which the masks were made: see magcache.test.ts.
  test.each<Golden>([
    {
      policy: 'magcache(model=wan-2.1-t2v-14b,threshold=0.12,maxSkip=2,retention=0.2)',
      mask: '1111111100001100001100001100001100001111',
    },
    {
      policy: 'magcache(model=wan-2.1-t2v-14b,threshold=0.12,maxSkip=4,retention=0.2)',
      mask: '1111111100000000110000000011000011001111',
    },
    {
      policy: 'magcache(model=wan-2.1-t2v-1.3b,threshold=0.24,maxSkip=6,retention=0.2)',
      mask: '1111111100000000000011000000000011000011',
    },
  ])('on Wan 2.1: $policy, 20 steps', ({ policy, mask }) => {
    expect(maskOf(policy, { steps: 20, branches: ['conditional', 'unconditional'] })).toBe(mask);
  });
});

test.each<Golden & { steps: number }>([
  { policy: 'taylorseer(interval=6,order=1,warmUp=3)', steps: 28, mask: '1110000010000010000010000010' },
  { policy: 'taylorseer(interval=5,order=1,warmUp=1)', steps: 50, mask: '1'.padEnd(5, '0').repeat(10) },
  {
    policy: 'taylorseer(interval=5,warmUp=3,variant=diffusers)',
    steps: 24,
    mask: '111010000100001000010000',
  },
  { policy: 'deltaDit(interval=3,variant=taylorseer)', steps: 28, mask: '1001001001001001001001001001' },
])('TaylorSeer and its Delta mode: $policy, $steps steps', ({ policy, steps, mask }) => {
  expect(maskOf(policy, { steps, shape: { stream: streamWith(1, ['self-attention']) } })).toBe(mask);
});

describe('PAB', () => {
  test('as diffusers has it, every second step of 50', () => {
    const policy = 'pab(spatial=2,temporal=1,cross=1,low=100,high=800,variant=diffusers)';
    expect(maskOf(policy, { steps: 50, shape: shape('spatial-attention', timestepsTo0(50)) })).toBe(
      '11111111111010101010101010101010101010101010111111',
    );
  });

  test.each<[ModuleKind, string]>([
    ['spatial-attention', '111010101010101011111111111111'],
    ['temporal-attention', '111010001000100011111111111111'],
    ['cross-attention', '111000100000100001111111111111'],
  ])('on Open-Sora, %s of 30 steps', (kind, mask) => {
    const policy = 'pab(model=open-sora-1.2)';
    expect(maskOf(policy, { steps: 30, shape: shape(kind, timestepsTo0(30)) })).toBe(mask);
  });
});

describe('TeaCache at 0.4 on a recorded series of 28 steps', () => {
  type Series = RecordedCase<object, object> & { readonly s: readonly number[] };
  const [{ s: series } = { s: [] }] = recordedCases<Series>('xdit.json', 'xdit_tea');
  const value: ReplayOptions['value'] = (_, { step }) => series[step] ?? Number.NaN;

  test.each<Golden>([
    { policy: 'teacache(model=flux,threshold=0.4)', mask: '1001010101010101001010010101' },
    { policy: 'teacache(model=flux,threshold=0.4,variant=xdit)', mask: '1101010101010101001010010101' },
  ])('$policy', ({ policy, mask }) => {
    expect(maskOf(policy, { steps: series.length, value })).toBe(mask);
  });
});
