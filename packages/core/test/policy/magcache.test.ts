import {
  magcache,
  magcacheModels,
  magnitudeRatios,
  magnitudes,
  parsePolicy,
  type DecisionRecord,
  type MagCacheModelName,
  type MagCacheOptions,
  type Misfit,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { recordedCases, type RecordedCase } from './recorded-cases.ts';
import { replay, shapeOf, streamWith, type ReplayOptions } from './replay.ts';

const two = ['conditional', 'unconditional'];

interface Config {
  readonly magcache_thresh: number;
  readonly K: number;
  readonly retention_ratio: number;
  readonly mag_ratios: readonly number[];
}

function settings({ magcache_thresh, K, retention_ratio }: Config): Partial<MagCacheOptions> {
  return { threshold: magcache_thresh, maxSkip: K, retention: retention_ratio };
}

function maskOf(options: Partial<MagCacheOptions>, steps: number, more: Partial<ReplayOptions> = {}): string {
  return replay(magcache(options), { steps, ...more }).mask;
}

describe('decides as MagCache4FLUX', () => {
  type Case = RecordedCase<object, Config & { readonly num_steps: number }>;
  for (const { name, config, compute } of recordedCases<Case>('reference-repos.json', 'magcache_flux'))
    test(name, () => {
      expect(maskOf({ ...settings(config), model: 'flux' }, config.num_steps)).toBe(compute);
      const ratios = [config.mag_ratios];
      expect(maskOf({ ...settings(config), ratios, variant: 'flux' }, config.num_steps)).toBe(compute);
    });

  test('50 steps', () => {
    const options = { model: 'flux', threshold: 0.24, maxSkip: 5, retention: 0.1 } as const;
    expect(maskOf(options, 50)).toBe('11111010010001000100100000100000100000100000100100');
  });
});

describe('decides as MagCache4Wan2.1, each branch for itself', () => {
  // The recording names the two text-to-video lists the wrong way round: the script has the one that goes on with 1.0124
  // for the checkpoint T2V-1.3B, and the one with 1.02504 for T2V-14B.
  const models: Readonly<Record<string, MagCacheModelName>> = {
    't2v1.3B': 'wan-2.1-t2v-14b',
    t2v14B: 'wan-2.1-t2v-1.3b',
    i2v480: 'wan-2.1-i2v-480p',
    i2v720: 'wan-2.1-i2v-720p',
  };

  test('each size of text-to-video has its own list', () => {
    expect(magcacheModels['wan-2.1-t2v-1.3b'].ratios.map(([, second]) => second)).toStrictEqual([
      1.0124, 1.02213,
    ]);
    expect(magcacheModels['wan-2.1-t2v-14b'].ratios.map(([, second]) => second)).toStrictEqual([
      1.02504, 1.03017,
    ]);
  });

  type Case = RecordedCase<object, Config & { readonly steps: number; readonly native_len: number }>;
  for (const { name, config, compute } of recordedCases<Case>('reference-repos.json', 'magcache_wan'))
    test(name, () => {
      const [, recorded = ''] = /_([ti]2v[\d.]+B?)_/.exec(name) ?? [];
      const model = models[recorded];
      if (model === undefined) throw new Error(`no model for ${recorded}`);
      const given = settings(config);
      expect(magcacheModels[model].ratios.map(({ length }) => length)).toStrictEqual([
        config.native_len / 2,
        config.native_len / 2,
      ]);
      const own = replay(magcache({ ...given, model }), { steps: config.steps, branches: two });
      expect(own.mask).toBe(compute);
      const ratios = [0, 1].map((branch) => config.mag_ratios.filter((_, index) => index % 2 === branch));
      const listed = replay(magcache({ ...given, ratios }), { steps: config.steps, branches: two });
      expect(listed.mask).toBe(compute);
    });
});

describe('variant diffusers decides as the hooks of diffusers', () => {
  type Case = RecordedCase<
    object,
    {
      readonly threshold: number;
      readonly max_skip_steps: number;
      readonly retention_ratio: number;
      readonly num_inference_steps: number;
      readonly mag_ratios: readonly number[];
    }
  >;
  for (const { name, config, compute } of recordedCases<Case>('diffusers.json', 'diffusers_magcache'))
    test(name, () => {
      const mask = maskOf(
        {
          variant: 'diffusers',
          ratios: [config.mag_ratios],
          threshold: config.threshold,
          maxSkip: config.max_skip_steps,
          retention: config.retention_ratio,
        },
        config.num_inference_steps,
      );
      expect(mask.repeat(2)).toBe(compute);
    });
});

describe('the other scripts', () => {
  const flat = [Array.from({ length: 10 }, () => 1)];
  const options = { ratios: flat, threshold: 0.5, maxSkip: 3, retention: 0.25 };
  test.each([
    // A quarter of ten steps is 2½; no ratio is off, so the limit K alone ends a stretch.
    ['hunyuan', '1100010001'],
    ['wan', '1100010001'],
    ['diffusers', '1110001000'],
    ['omnigen2', '1111000100'],
    ['framepack', '1100010001'],
  ] as const)('%s retains and counts its own way: %s', (variant, mask) => {
    expect(maskOf({ ...options, variant }, 10)).toBe(mask);
  });

  test('nothing is reused where no step in a row may be', () => {
    expect(maskOf({ ...options, maxSkip: 0 }, 10)).toBe('1111111111');
  });

  test('framepack computes a step whose own ratio is far from 1, though the sum would allow it', () => {
    const ratios = [[1, 1, 1, 1.0625, 1, 1]];
    expect(maskOf({ ratios, threshold: 9, maxSkip: 9, retention: 0, variant: 'hunyuan' }, 6)).toBe('100000');
    expect(maskOf({ ratios, threshold: 9, maxSkip: 9, retention: 0, variant: 'framepack' }, 6)).toBe(
      '100100',
    );
  });

  test('a sum that is just the threshold is reused, except by Wan', () => {
    const ratios = [[1, 1.25, 1.25, 1.25]];
    for (const [variant, mask] of [
      ['hunyuan', '1010'],
      ['diffusers', '1010'],
      ['wan', '1111'],
    ] as const)
      expect(maskOf({ ratios, threshold: 0.25, maxSkip: 5, retention: 0, variant }, 4)).toBe(mask);
  });

  test('diffusers compares in float32', () => {
    // 1 − 0.9 is a little below 0.1 in float64; in float32 it is above it.
    const given = { ratios: [[1, 0.9, 1, 1]], threshold: 0.1, maxSkip: 1, retention: 0 };
    expect(maskOf({ ...given, variant: 'hunyuan' }, 4)).toBe('1010');
    expect(maskOf({ ...given, variant: 'diffusers' }, 4)).toBe('1101');
  });
});

describe('published ratios', () => {
  const names = Object.keys(magcacheModels) as MagCacheModelName[];
  const sizes: Readonly<Record<MagCacheModelName, readonly number[]>> = {
    flux: [28],
    'flux-kontext': [28],
    'flux-schnell': [4],
    'hunyuan-video-720p': [50],
    'hunyuan-video-544p': [50],
    'framepack-f1': [25],
    'open-sora-1.2': [30],
    'qwen-image': [50, 50],
    'qwen-image-edit': [50, 50],
    'wan-2.1-t2v-1.3b': [50, 50],
    'wan-2.1-t2v-14b': [50, 50],
    'wan-2.1-i2v-480p': [40, 40],
    'wan-2.1-i2v-720p': [40, 40],
    'wan-2.1-vace-1.3b': [50, 50],
    'wan-2.1-vace-14b': [50, 50],
    'latte-mini': [30, 30],
  };

  test.each(names)('%s: positive, 1 at the start, of native length', (name) => {
    const { ratios, source } = magcacheModels[name];
    expect(ratios.map(({ length }) => length)).toStrictEqual(sizes[name]);
    expect(ratios.map(([first]) => first)).toStrictEqual(ratios.map(() => 1));
    // A slip of the pen or a list that is out of step by a branch would leave this range, or jump.
    expect(ratios.flat().every((ratio) => ratio > 0.5 && ratio < 1.7)).toBe(true);
    expect(source).toMatch(/^Zehong-Ma\/MagCache [\da-f]{7}$|^measured by /);
  });

  test.each(names)('%s: branches were measured alike', (name) => {
    const [one = [], other = one] = magcacheModels[name].ratios;
    for (const [step, ratio] of one.entries())
      expect(Math.abs(ratio - (other[step] ?? 0))).toBeLessThan(0.02);
  });

  test.each(names)('%s: its native number of steps, 20 and 50 give masks', (name) => {
    const policy = magcache({ model: name });
    for (const steps of [...(sizes[name] ?? []), 20, 50]) {
      const { masks } = replay(policy, { steps, branches: two });
      for (const mask of Object.values(masks)) expect(mask).toMatch(new RegExp(`^1[01]{${steps - 1}}$`));
    }
  });

  /** E, K, R and masks of the authors' scripts, from a transcription of each script's rule in NumPy. */
  const scripts: readonly (readonly [
    MagCacheModelName,
    readonly [number, number, number],
    number,
    string,
  ])[] = [
    ['flux-kontext', [0.05, 4, 0.2], 28, '1111110100110000100001001011'],
    ['flux-kontext', [0.05, 4, 0.2], 20, '11110100100001000111'],
    ['flux-kontext', [0.05, 4, 0.2], 50, '11111111110100100010100010001000010001001001010111'],
    // The script always reuses step 2 alone, which this threshold amounts to.
    ['flux-schnell', [0.1, 5, 0.1], 4, '1101'],
    ['hunyuan-video-720p', [0.24, 6, 0.2], 50, '11111111110000100010000100000100001000000100001011'],
    ['hunyuan-video-544p', [0.12, 4, 0.2], 50, '11111111110010010010001001000100010000100001001011'],
    ['hunyuan-video-720p', [0.24, 6, 0.2], 20, '11110001000010000001'],
    ['hunyuan-video-544p', [0.12, 4, 0.2], 20, '11110010010001000011'],
    ['framepack-f1', [0.1, 3, 0.2], 25, '1111100101001000100010101'],
    ['framepack-f1', [0.1, 3, 0.2], 20, '11110010001000100011'],
    ['framepack-f1', [0.1, 3, 0.2], 50, '11111111110010001010010001000100010100100010110111'],
    ['open-sora-1.2', [0.12, 3, 0.2], 30, '111111000100010001000100010001'],
  ];
  test.each(scripts)('%s decides as its script: E, K, R = %j, %i steps', (model, given, steps, mask) => {
    const [threshold, maxSkip, retention] = given;
    expect(maskOf({ model, threshold, maxSkip, retention }, steps)).toBe(mask);
  });

  test.each([
    ['qwen-image', 0.06, 20, '1111111111111111110011001100001111111111'],
    ['qwen-image-edit', 0.06, 20, '1111111111001111001100110000110011111111'],
    ['wan-2.1-vace-1.3b', 0.12, 20, '1111111100001100001100001100001100001111'],
    [
      'qwen-image',
      0.06,
      50,
      '111111111111111111111111111111110011111100110011001100110011' +
        '0011000011000011001100111111111111111111',
    ],
  ] as const)('%s decides as its script, each branch for itself: E = %d, %i steps', (...given) => {
    const [model, threshold, steps, mask] = given;
    const policy = magcache({ model, threshold, maxSkip: 2, retention: 0.2 });
    expect(replay(policy, { steps, branches: two }).mask).toBe(mask);
  });

  test('name those of latte-mini in an id', () => {
    const policy = parsePolicy('magcache(model=latte-mini,threshold=0.12)');
    expect(policy.id).toBe('magcache(threshold=0.12,model=latte-mini,maxSkip=2)');
    const run = shapeOf({ steps: 30, branches: two, shape: { architecture: 'latte-mini' } });
    expect(policy.fit?.(run) ?? []).toStrictEqual([]);
    const { masks } = replay(policy, { steps: 30, branches: two });
    expect(Object.values(masks).every((mask) => mask.startsWith('111111') && mask.includes('0'))).toBe(true);
  });
});

describe('where the sampler leaves steps out', () => {
  const ratios = [[1, 1.25, 1.25, 1.25, 1, 1, 1, 1]];
  const options = { ratios, threshold: 0.6, maxSkip: 4, retention: 0 };

  test('they count as reused ones', () => {
    expect(maskOf(options, 8)).toBe('10100100');
    // Without step 1 the error at step 2 is still |1 − 1.25| + |1 − 1.5625|.
    expect(maskOf(options, 8, { skips: ({ step }) => step === 1 })).toBe('1100100');
  });

  test('nothing is reused after a warm-up that was not gone through', () => {
    const given = { ...options, threshold: 9, retention: 0.5 };
    expect(maskOf(given, 8)).toBe('11110000');
    expect(maskOf(given, 8, { skips: ({ step }) => step === 3 })).toBe(
      '1111000'.replace('1111000', '1111000'),
    );
  });
});

test('promises what it keeps: warm-up and age', () => {
  const options = fc.record({
    threshold: fc.constantFrom(0, 0.05, 0.3, 9),
    maxSkip: fc.integer({ min: 1, max: 6 }),
    retention: fc.double({ min: 0, max: 1, noNaN: true }),
    variant: fc.constantFrom('wan', 'flux', 'hunyuan', 'omnigen2', 'framepack', 'diffusers'),
    ratios: fc.array(
      fc.array(fc.double({ min: 0.5, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 30 }),
      { minLength: 1, maxLength: 2 },
    ),
  });
  fc.assert(
    fc.property(
      options,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 2 }),
      (given, steps, count) => {
        const branches = two.slice(0, count);
        const policy = magcache(given);
        const { masks } = replay(policy, { steps, branches });
        const { warmUp, maxAge = 0 } = policy.limits(shapeOf({ steps, branches }));
        for (const mask of Object.values(masks)) {
          expect(mask.startsWith('1'.repeat(warmUp))).toBe(true);
          expect(mask.includes('0'.repeat(maxAge + 1))).toBe(false);
        }
      },
    ),
    fuzz,
  );
});

describe('what does not fit', () => {
  const misfits = (
    options: Partial<MagCacheOptions>,
    steps: number,
    architecture?: string,
  ): readonly Misfit[] =>
    magcache(options).fit?.(shapeOf({ steps, shape: architecture === undefined ? {} : { architecture } })) ??
    [];

  test('is a run without ratios, which is refused', () => {
    expect(misfits({}, 20)).toMatchObject([{ severity: 'error', code: 'uncalibrated' }]);
    expect(maskOf({}, 4)).toBe('1111');
  });

  test('is another number of steps, and another architecture', () => {
    expect(misfits({ model: 'flux' }, 28, 'flux')).toStrictEqual([]);
    const [model, steps] = misfits({ model: 'flux' }, 20, 'latte');
    expect(model).toMatchObject({ severity: 'warning', code: 'other-model' });
    expect(steps).toMatchObject({ severity: 'warning', code: 'other-steps' });
    expect(steps?.message).toContain('over 28 steps and are interpolated to 20');
    expect(misfits({ ratios: [[1, 1.1]] }, 20, 'latte').map(({ code }) => code)).toStrictEqual([
      'other-steps',
    ]);
  });
});

test('ratios are lists for branches, in code and in ids', () => {
  const policy = magcache({
    ratios: [
      [1, 1.02],
      [1, 0.5],
    ],
  });
  expect(policy.id).toBe('magcache(threshold=0.12,ratios=1:1.02/1:0.5,maxSkip=2)');
  for (const ratios of [
    [[]],
    [[0]],
    [[-1]],
    [[Number.NaN]],
    [1] as unknown as number[][],
    [['1']] as unknown as number[][],
  ])
    expect(() => magcache({ ratios })).toThrow('lists of positive numbers');
});

describe('calibration', () => {
  const norms: Readonly<Record<string, readonly number[]>> = {
    conditional: [8, 9, 9, 6, 3],
    unconditional: [8, 4, 6, 3, 1],
  };
  const branches = Object.keys(norms);

  /** The report's part that matters, from a replay: the residual of each pass has the given magnitude. */
  function decisionsOf(): DecisionRecord[] {
    const policy = magnitudes();
    const recorded: DecisionRecord[] = [];
    const observing = {
      ...policy,
      observe: (state: ReturnType<typeof policy.init>, seen: Parameters<typeof policy.observe>[1]) => {
        recorded.push({ ...seen, why: { kind: 'always-compute' } });
        return policy.observe(state, seen);
      },
    };
    const value = (_: unknown, { step, branch }: { step: number; branch: string }): number =>
      norms[branch]?.[step] ?? Number.NaN;
    expect(replay(observing, { steps: 5, branches, value }).mask).toBe('1'.repeat(10));
    return recorded;
  }

  test('turns one measured run into the option of the policy', () => {
    const ratios = magnitudeRatios({ branches, steps: 5, decisions: decisionsOf() });
    expect(ratios).toStrictEqual([
      [1, 1.125, 1, 0.66667, 0.5],
      [1, 0.5, 1.5, 0.5, 0.33333],
    ]);
    expect(magcache({ ratios }).id).toContain('ratios=1:1.125:1:0.66667:0.5/1:0.5:1.5:0.5:0.33333');
  });

  test('names the step that has no ratio', () => {
    const decisions = decisionsOf().filter(({ step, branch }) => step !== 3 || branch !== 'unconditional');
    expect(() => magnitudeRatios({ branches, steps: 5, decisions })).toThrow('step 3 of unconditional');
    expect(() => magnitudeRatios({ branches, steps: 6, decisions: decisionsOf() })).toThrow(
      'step 5 of conditional',
    );
  });

  test('measures the residual of all blocks', () => {
    const policy = magnitudes();
    const state = policy.init(shapeOf({ steps: 2, shape: { stream: streamWith(3, ['mlp', 'mlp']) } }));
    const at = { step: 0, branch: 'conditional', call: 0, site: 0, timestep: 1 };
    expect(policy.next(state, at)).toMatchObject({
      do: 'compute',
      until: 6,
      measure: [{ tap: { of: 'residual', from: 0, until: 6 }, quantity: 'token-norms' }],
    });
    expect(policy.needs.operations).toStrictEqual(['tokenNorms']);
  });
});
