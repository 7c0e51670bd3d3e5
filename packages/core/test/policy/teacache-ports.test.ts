import {
  teacache,
  teacacheModels,
  type Misfit,
  type TeaCacheModelName,
  type TeaCacheOptions,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { recordedCases, type RecordedCase } from './recorded-cases.ts';
import { replay, shapeOf } from './replay.ts';

/** The mask of a run whose signal is the given number at each step. */
function maskOf(options: Partial<TeaCacheOptions>, signal: readonly number[]): string {
  return replay(teacache(options), { steps: signal.length, value: (_, { step }) => signal[step] ?? NaN })
    .mask;
}

describe('decides as TeaCache4FLUX', () => {
  type Case = RecordedCase<
    { readonly modulated: readonly number[]; readonly repeat: number },
    { readonly rel_l1_thresh: number }
  >;
  for (const { name, inputs, config, compute } of recordedCases<Case>(
    'reference-repos.json',
    'teacache_flux',
  ))
    test(name, () => {
      const mask = maskOf({ model: 'flux', threshold: config.rel_l1_thresh }, inputs.modulated);
      expect(mask.repeat(inputs.repeat)).toBe(compute);
    });
});

describe('decides as TeaCache4Wan2.1, each branch for itself', () => {
  type Case = RecordedCase<
    { readonly e: readonly number[] },
    {
      readonly steps: number;
      readonly teacache_thresh: number;
      readonly coefficients: readonly number[];
      readonly use_ret_steps: boolean;
    }
  >;
  const named = (config: Case['config']): TeaCacheModelName => {
    const names = Object.keys(teacacheModels) as TeaCacheModelName[];
    const wanted = config.coefficients.join();
    const found = names.find((name) => teacacheModels[name].coefficients.join() === wanted);
    if (!found) throw new Error('no published set has these coefficients');
    return found;
  };
  for (const { name, inputs, config, compute } of recordedCases<Case>('reference-repos.json', 'teacache_wan'))
    test(name, () => {
      const model = named(config);
      expect(model.endsWith('-ret')).toBe(config.use_ret_steps);
      const branches = ['conditional', 'unconditional'];
      const value = (tap: object, { step, branch }: { step: number; branch: string }): number => {
        expect(tap).toStrictEqual({ of: 'conditioning', name: teacacheModels[model].signal });
        return inputs.e[2 * step + branches.indexOf(branch)] ?? Number.NaN;
      };
      const policy = teacache({ model, threshold: config.teacache_thresh });
      expect(replay(policy, { steps: config.steps, branches, value }).mask).toBe(compute);
      expect(policy.needs).toStrictEqual({ conditioning: [teacacheModels[model].signal], history: 1 });
    });
});

test('variant xdit decides as xDiT, two generations as one run', () => {
  type Case = {
    readonly name: string;
    readonly s: readonly number[];
    readonly gens: number;
    readonly config: { readonly rel_l1_thresh: number; readonly num_steps: number };
    readonly compute: string;
  };
  for (const { s, gens, config, compute } of recordedCases<Case>('xdit.json', 'xdit_tea')) {
    const signal = Array.from({ length: gens }, () => s).flat();
    const options = { model: 'flux', variant: 'xdit', threshold: config.rel_l1_thresh } as const;
    expect(maskOf({ ...options, generation: config.num_steps }, signal)).toBe(compute);
    // One generation is the first part of two.
    expect(maskOf(options, s)).toBe(compute.slice(0, s.length));
  }
});

test('variant vllm-omni adds absolute values, guards the denominator and does not force the last step', () => {
  const halves = Array.from({ length: 7 }, (_, step) => 256 * 1.5 ** step);
  const options = { threshold: 1.25, coefficients: [1, -1] };
  // ½ − 1 = −½: the sum falls for ever, or grows to 1½ with the third step.
  expect(maskOf(options, halves)).toBe('1000001');
  expect(maskOf({ ...options, variant: 'vllm-omni' }, halves)).toBe('1001001');
  expect(maskOf({ threshold: 9, variant: 'vllm-omni' }, halves)).toBe('1000000');
  // (2e-8 − 1e-8) / (1e-8 + 1e-8) is ½.
  expect(maskOf({ threshold: 0.75, variant: 'vllm-omni' }, [1e-8, 2e-8, 2e-8])).toBe('100');
  expect(maskOf({ threshold: 0.75 }, [1e-8, 2e-8, 2e-8, 2e-8])).toBe('1101');
});

describe('windows', () => {
  const flat = (steps: number): number[] => Array.from({ length: steps }, () => 1);
  test.each<[Partial<TeaCacheOptions>, number, string]>([
    [{ warmUp: 3 }, 8, '11100001'],
    [{ tail: 3 }, 8, '10000111'],
    [{ warmUp: 2, tail: 0 }, 6, '110000'],
    [{ warmUp: '25%', tail: 0 }, 9, '111000000'],
    [{ warmUp: 9, tail: 9 }, 4, '1111'],
    [{ tail: 0 }, 1, '1'],
    // HiDream's script computes while the step is below a tenth of the steps.
    [{ model: 'hidream-i1', coefficients: [0] }, 30, `111${'0'.repeat(27)}`],
    [{ model: 'hidream-i1', coefficients: [0] }, 28, `111${'0'.repeat(25)}`],
    [{ model: 'hidream-i1', coefficients: [0], warmUp: 1, tail: 1 }, 5, '10001'],
    [{ model: 'hidream-i1', coefficients: [0], variant: 'vllm-omni' }, 30, `1${'0'.repeat(29)}`],
  ])('%j over %i steps', (options, steps, mask) => {
    expect(maskOf(options, flat(steps))).toBe(mask);
    const { warmUp, tail } = teacache(options).limits(shapeOf({ steps }));
    expect(mask.slice(0, warmUp)).toBe('1'.repeat(warmUp));
    expect(mask.slice(steps - tail)).toBe('1'.repeat(tail));
  });

  test('are computed without a look that nobody would use', () => {
    const looks: number[] = [];
    const value = (_: unknown, { step }: { step: number }): number => {
      looks.push(step);
      return 1;
    };
    replay(teacache({ warmUp: 4, tail: 2 }), { steps: 9, value });
    expect(looks).toStrictEqual([3, 4, 5, 6]);
  });
});

test('computes when the step before the first comparison was left out', () => {
  const skips = ({ step }: { step: number }): boolean => step === 2;
  const options = { steps: 7, value: () => 1, skips };
  expect(replay(teacache({ warmUp: 3 }), options).mask).toBe('111001');
});

test('explicit coefficients take the place of the model’s', () => {
  const signal = [1, 1.5, 1.5, 1.5];
  expect(maskOf({ model: 'flux', coefficients: [0], threshold: 0.01 }, signal)).toBe('1001');
  expect(maskOf({ model: 'flux', threshold: 0.01 }, signal)).toBe('1111');
});

describe('what does not fit', () => {
  const misfits = (options: Partial<TeaCacheOptions>, architecture?: string): readonly Misfit['code'][] => {
    const shape = shapeOf({ steps: 50, shape: architecture === undefined ? {} : { architecture } });
    return (teacache(options).fit?.(shape) ?? []).map(({ code }) => code);
  };

  test('is a set of another architecture', () => {
    expect(misfits({ model: 'flux' }, 'latte')).toStrictEqual(['other-model']);
    expect(misfits({ model: 'flux' }, 'flux')).toStrictEqual([]);
    expect(misfits({ model: 'flux' })).toStrictEqual([]);
    expect(misfits({ model: 'wan-2.1-t2v-14b' }, 'wan-2.1')).toStrictEqual([]);
    expect(misfits({ model: 'latte' }, 'latte-mini')).toStrictEqual(['other-model']);
  });

  test('is the identity where a set is published', () => {
    expect(misfits({}, 'mochi')).toStrictEqual(['uncalibrated']);
    expect(misfits({}, 'own')).toStrictEqual([]);
    expect(misfits({})).toStrictEqual([]);
    expect(misfits({ coefficients: [2, 0] }, 'mochi')).toStrictEqual([]);
  });
});

test('only xDiT counts on from one generation to the next', () => {
  expect(() => teacache({ generation: 28 })).toThrow('only variant=xdit');
  expect(teacache({ variant: 'xdit', generation: 28 }).id).toBe(
    'teacache(threshold=0.1,variant=xdit,generation=28)',
  );
});
