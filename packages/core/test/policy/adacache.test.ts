import {
  adacache,
  adacacheCodebooks,
  type AdaCacheOptions,
  type AdaCacheState,
  type Codebook,
  type Decision,
  type Misfit,
  type RunShape,
  type Tap,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { replay, shapeOf, streamWith, type Place, type Replay } from './replay.ts';

const f32 = Math.fround;

/**
 * The rule as the source counts it: passes from 1, the interval of one pass taken up by the next. The residual of the
 * decisive block is one number a pass; motion is given as its two norms.
 */
function maskAsCounted(
  codebook: Codebook,
  residuals: readonly number[],
  motion?: readonly (readonly [number, number])[],
): string {
  const all = residuals.length;
  let [mask, computedAt, interval, before] = ['', 0, 1, 1];
  let cached: number | undefined;
  for (const [index, residual] of residuals.entries()) {
    const pass = index + 1;
    const active = pass === computedAt + interval || [1, all - 1, all].includes(pass);
    mask += active ? '1' : '0';
    if (!active) continue;
    if (cached !== undefined) {
      let change = f32(f32(f32(Math.abs(cached - residual)) / f32(Math.abs(cached))) / interval);
      if (motion) {
        const [difference, sum] = motion[index] ?? [0, 1];
        const inside = pass >= all / 10 && pass <= (9 * all) / 10;
        const now = inside ? f32(f32(f32(1 / 0.385) * f32(f32(difference) / f32(sum))) ** 8) : 1;
        change = f32(change * f32(now + Math.abs(f32(f32(10 * f32(now - before)) / interval))));
        before = now;
      }
      interval = (codebook.find(([bound]) => change < f32(bound)) ?? codebook.at(-1))?.[1] ?? 1;
    }
    cached = residual;
    computedAt = pass;
  }
  return mask;
}

function run(
  options: Partial<AdaCacheOptions>,
  residuals: readonly number[],
  motion?: readonly (readonly [number, number])[],
): Replay {
  return replay(adacache(options), {
    steps: residuals.length,
    value: (_, { step }) => residuals[step] ?? Number.NaN,
    ...(motion && { motion: ({ step }: Place) => motion[step] ?? [Number.NaN, 1] }),
  });
}

/** Halves, so that the change is ½ a step where every step is computed. */
const halves = Array.from({ length: 20 }, (_, step) => 2 ** -step);
const flat = Array.from({ length: 20 }, () => 1);

describe('the interval follows the change', () => {
  test.each<[string, Partial<AdaCacheOptions>, readonly number[], string]>([
    ['what stands still is computed every sixth step', { codebook: 'fast' }, flat, '11000001000001000011'],
    ['slowly, every third', { codebook: 'slow' }, flat, '11001001001001001011'],
    ['for a hundred steps, every twelfth', { codebook: '100-steps' }, flat, '11000000000001000011'],
    ['what halves is computed always', { codebook: 'fast' }, halves, '1'.repeat(20)],
    // Every codebook's last interval holds for larger changes too, which is 3 in the one for a hundred steps.
    [
      'but not by the codebook whose last interval is 3',
      { codebook: '100-steps' },
      halves,
      '11001001001001001011',
    ],
    // ½ a step; over two steps ¾ / 2 = ⅜ a step, over four 15/16 / 4.
    [
      'a change is that of one step of its interval',
      {
        codebook: [
          [0.25, 6],
          [0.4, 4],
          [0.6, 2],
          [1, 1],
        ],
      },
      halves,
      '11010001000001000011',
    ],
  ])('%s', (_, options, residuals, mask) => {
    expect(run(options, residuals).mask).toBe(mask);
  });

  test('as the source counts, for any residuals and codebooks', () => {
    const entries = fc.array(
      fc.tuple(fc.double({ min: 0.01, max: 2, noNaN: true }), fc.integer({ min: 1, max: 7 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const codebooks = fc.oneof(
      fc.constantFrom<AdaCacheOptions['codebook']>('fast', 'slow', '100-steps'),
      entries.map((pairs) => {
        const sorted = pairs.toSorted(([a], [b]) => a - b);
        return sorted.filter(([bound], index) => index === 0 || bound > (sorted[index - 1]?.[0] ?? 0));
      }),
    );
    const step = fc.record({
      residual: fc.integer({ min: 1, max: 64 }),
      motion: fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 21, max: 64 })),
    });
    fc.assert(
      fc.property(codebooks, fc.array(step, { minLength: 1, maxLength: 60 }), (codebook, steps) => {
        const pairs = typeof codebook === 'string' ? adacacheCodebooks[codebook].entries : codebook;
        const residuals = steps.map(({ residual }) => residual);
        const motion = steps.map((one) => one.motion);
        expect(run({ codebook }, residuals).mask).toBe(maskAsCounted(pairs, residuals));
        const regularised = run({ codebook, motion: 'on' }, residuals, motion).mask;
        expect(regularised).toBe(maskAsCounted(pairs, residuals, motion));
      }),
      fuzz,
    );
  });

  test('shorter where there is motion, where that is asked for', () => {
    const steady = Array.from({ length: 20 }, (_, step) => 64 + (step % 2));
    const still = steady.map(() => [1, 100] as const);
    const wild = steady.map(() => [60, 100] as const);
    const reused = (mask: string): number => mask.replaceAll('1', '').length;
    const counts = [still, wild].map((motion) => reused(run({ motion: 'on' }, steady, motion).mask));
    expect(counts[0]).toBeGreaterThan(counts[1] ?? 0);
    expect(run({}, steady, wild).mask).toBe(run({}, steady, still).mask);
    expect(adacache({ motion: 'on' }).needs.operations).toStrictEqual(['motion']);
    expect(adacache().needs.operations).toBe(undefined);
  });
});

describe('a number that cannot be used computes the next step', () => {
  test.each<[string, readonly number[], string]>([
    ['not finite', flat.with(1, Number.NaN), '11110000010000010011'],
    ['zero', flat.with(1, 0), '11110000010000010011'],
    ['zero, once it is the reference', flat.with(7, 0), '11000001000110000011'],
  ])('%s', (_, residuals, mask) => {
    expect(run({}, residuals).mask).toBe(mask);
  });

  test('motion', () => {
    const motion = flat.map((_, step) => (step < 4 ? ([Number.NaN, 1] as const) : ([37, 100] as const)));
    const { mask } = run({ motion: 'on' }, flat, motion);
    expect(mask.slice(0, 5)).toBe('11111');
  });
});

describe('where the sampler leaves steps out', () => {
  const skip = (...left: number[]): Replay =>
    replay(adacache(), { steps: 20, value: () => 1, skips: ({ step }) => left.includes(step) });

  test('the step after the missing one is computed', () => {
    expect(skip(7).mask).toBe('1100000100000100011');
    expect(skip(0).mask).toBe('1100000100000100011');
    expect(skip(1).mask).toBe('1100000100000100011');
  });
});

test('promises what it keeps: both ends and the age', () => {
  for (let steps = 1; steps < 30; steps++) {
    const { mask } = run({}, flat.concat(flat).slice(0, steps));
    const { warmUp, tail, maxAge = 0 } = adacache().limits(shapeOf({ steps }));
    expect(mask.slice(0, warmUp) + mask.slice(steps - tail)).not.toContain('0');
    expect(mask).not.toContain('0'.repeat(maxAge + 1));
  }
});

describe('the decisive residual', () => {
  /** What the first computed step measures. */
  function tapOf(options: Partial<AdaCacheOptions>, stream: RunShape['stream']): Tap | undefined {
    const policy = adacache(options);
    const state = policy.init(shapeOf({ steps: 20, shape: { stream } }));
    const first = policy.next(state, { step: 0, branch: 'conditional', call: 0, site: 0, timestep: 1 });
    return first.do === 'compute' ? first.measure[0]?.tap : undefined;
  }

  test('is that of a temporal attention, where there is one', () => {
    const stream = streamWith(28, ['temporal-attention', 'cross-attention', 'mlp']);
    expect(tapOf({}, stream)).toStrictEqual({ of: 'value', at: 39 });
    expect(tapOf({ block: 13 }, stream)).toStrictEqual({ of: 'value', at: 39 });
  });

  test('is that of a block else, of a temporal one if they are told apart', () => {
    expect(tapOf({}, streamWith(3))).toStrictEqual({ of: 'residual', from: 1, until: 2 });
    const blocks = streamWith(8).blocks.map((block, index) => ({
      ...block,
      family: index % 2 === 0 ? 'spatial' : 'temporal',
    }));
    expect(tapOf({}, { ...streamWith(8), blocks })).toStrictEqual({ of: 'residual', from: 3, until: 4 });
  });

  test('is the last one where there are fewer blocks, and the report says so', () => {
    const stream = streamWith(3);
    expect(tapOf({ block: 13 }, stream)).toStrictEqual({ of: 'residual', from: 2, until: 3 });
    const shape = shapeOf({ steps: 30, shape: { stream } });
    const codes = (options: Partial<AdaCacheOptions>): readonly Misfit['code'][] =>
      (adacache(options).fit?.(shape) ?? []).map(({ code }) => code);
    expect(codes({ block: 13 })).toStrictEqual(['other-model']);
    expect(codes({ block: 2 })).toStrictEqual([]);
    expect(codes({ codebook: '100-steps' })).toStrictEqual(['other-steps']);
  });
});

test('by modules it keeps and reuses every value, by stack one residual', () => {
  const modules = { steps: 8, shape: { stream: streamWith(1, ['self-attention', 'mlp']) }, value: () => 1 };
  const ofStep = (options: Partial<AdaCacheOptions>, wanted: number): Decision[] =>
    replay(adacache(options), modules).decisions.flatMap(({ step, decision }) =>
      step === wanted ? [decision] : [],
    );
  expect(ofStep({ cache: 'modules' }, 1)).toMatchObject([
    {
      until: 2,
      keep: [
        { from: 0, until: 1, form: 'value' },
        { from: 1, until: 2, form: 'value' },
      ],
    },
  ]);
  expect(ofStep({ cache: 'modules' }, 2)).toMatchObject([
    { do: 'reuse', until: 1, form: 'value' },
    { do: 'reuse', until: 2, form: 'value' },
  ]);
  expect(ofStep({}, 2)).toMatchObject([{ do: 'reuse', until: 2, form: 'residual' }]);
});

test('a refused reuse of one module leaves the interval as it is', () => {
  const policy = adacache({ cache: 'modules' });
  const state: AdaCacheState = { ...policy.init(shapeOf({ steps: 20 })), computed: 4, interval: 6 };
  const seen = { step: 6, call: 0, branch: 'conditional', site: 0, until: 1, measured: {} } as const;
  expect(policy.observe(state, { ...seen, did: 'computed', refused: 'shape-changed' })).toStrictEqual(state);
});

describe('a codebook', () => {
  test('is named or written out', () => {
    expect(adacache().id).toBe('adacache(codebook=fast)');
    expect(
      adacache({
        codebook: [
          [0.1, 4],
          [1, 1],
        ],
      }).id,
    ).toBe('adacache(codebook=0.1:4:1:1)');
  });

  test.each<[unknown]>([
    [[]],
    [
      [
        [0.2, 2],
        [0.1, 1],
      ],
    ],
    [[[0.1, 0]]],
    [[[0.1, 1.5]]],
    [[[0, 1]]],
    [[[0.1]]],
    [['fast']],
    ['quick'],
  ])('must have ascending bounds and whole intervals: %j', (codebook) => {
    expect(() => adacache({ codebook: codebook as Codebook })).toThrow('ascending bound');
  });
});
