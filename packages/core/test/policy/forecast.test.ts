import {
  bwcache,
  fixed,
  fora,
  forecast,
  forecastWith,
  fromBlocks,
  limit,
  pab,
  productsOf,
  refrain,
  taylorseer,
  type ComputeDecision,
  type ForecastOptions,
  type Policy,
  type ReuseDecision,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { runAll } from '../toy.ts';
import { eigen } from './eigen.ts';
import { maskOf, shapeOf, walkPurely, type Walked } from './walk-purely.ts';

const withDmd = forecastWith({ eigen });

function reuses(walked: readonly Walked[]): readonly ReuseDecision[] {
  return walked.flatMap(({ decision }) => (decision.do === 'reuse' ? [decision] : []));
}

/** The values of one module whose output is given by step, as they were used. */
async function series(policy: Policy, values: readonly (readonly number[])[]): Promise<readonly number[][]> {
  const used: number[][] = [];
  const width = values[0]?.length ?? 1;
  const runner = fromBlocks<number, number>(
    [
      {
        modules: [
          {
            kind: 'self-attention' as const,
            compute: (_: unknown, step: number) => Float32Array.from(values[step] ?? []),
            apply(x: unknown, value: unknown) {
              used.push([...(value as Float32Array)]);
              return (x as Float32Array).slice();
            },
          },
        ],
      },
    ],
    { enter: (step) => ({ x: new Float32Array(width), context: step }) },
  );
  const timesteps = values.map((_, step) => values.length - step);
  const report = await runAll(refrain(runner, policy), { timesteps }, (step) => step);
  expect(report.warnings.filter(({ code }) => code !== 'few-steps' && code !== 'never-reused')).toStrictEqual(
    [],
  );
  return used;
}

const modules = (interval: number): Policy => fora({ interval });

describe('forecast', () => {
  test('decides when its policy does, and weighs what that would reuse as it is', () => {
    const run = shapeOf(9, 2);
    const plain = fora({ interval: 4, cache: 'stack' });
    const walked = walkPurely(forecast({ order: 1, rule: 'official' }, plain), run);
    expect(maskOf(walked)).toBe(maskOf(walkPurely(plain, run)));
    // Computed at 0, 4 and 8.
    expect(reuses(walked).map(({ weights, steps }) => [weights, steps])).toStrictEqual([
      [[1], undefined],
      [[1], undefined],
      [[1], undefined],
      [
        [1.25, -0.25],
        [4, 0],
      ],
      [
        [1.5, -0.5],
        [4, 0],
      ],
      [
        [1.75, -0.75],
        [4, 0],
      ],
    ]);
  });

  test('keeps at every computed step what will be reused some day', () => {
    const policy = fixed({ mask: '11110011100' });
    const kept = (of: Policy): readonly number[] =>
      walkPurely(of, shapeOf(11, 2)).flatMap(({ at, decision }) =>
        decision.do === 'compute' && decision.keep.length > 0 ? [at.step] : [],
      );
    expect(kept(policy)).toStrictEqual([3, 8]);
    expect(kept(forecast({ order: 2 }, policy))).toStrictEqual([0, 1, 2, 3, 6, 7, 8]);
    expect(kept(forecast({ order: 0 }, policy))).toStrictEqual([3, 8]);
  });

  test('leaves alone who weighs by itself', () => {
    const weighing: Policy = {
      ...fixed({ mask: '1100' }),
      needs: { history: 2 },
      next: (state, at) => {
        const decision = fixed({ mask: '1100' }).next(state as never, at);
        return decision.do === 'reuse' ? { ...decision, weights: [0.5, 0.5] } : decision;
      },
    };
    const walked = walkPurely(forecast({ rule: 'official' }, weighing), shapeOf(4, 1));
    expect(reuses(walked).map(({ weights }) => weights)).toStrictEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
  });

  test.each([
    ['cache-dit', '11110', [2, -1]],
    ['cache-dit', '1110', [1]],
    ['para-attention', '1110', [2, -1]],
    ['para-attention', '110', [1]],
    ['official', '110', [2, -1]],
  ] as const)('%s takes its first derivative in time for %s', (rule, mask, weights) => {
    const [reused] = reuses(walkPurely(forecast({ rule }, fixed({ mask })), shapeOf(mask.length, 1)));
    expect(reused?.weights).toStrictEqual(weights);
  });

  test('begins anew after a refusal, unless what it had was only too old', () => {
    const run = shapeOf(8, 1);
    const policy = forecast({ rule: 'official' }, fora({ interval: 3, cache: 'stack' }));
    // Computed at 0, 1, 4 and 7; the reuse at 2 is refused.
    const after = (refused: 'too-old' | 'shape-changed'): (readonly number[] | undefined)[] =>
      reuses(walkPurely(policy, run, { refuses: ({ step }) => (step === 2 ? refused : undefined) })).map(
        ({ steps }) => steps,
      );
    expect(after('too-old')).toStrictEqual([
      [1, 0],
      [2, 1],
      [4, 2],
      [4, 2],
    ]);
    expect(after('shape-changed')).toStrictEqual([[1, 0], undefined, [4, 2], [4, 2]]);
  });

  test('goes on with a history that an outer policy has cut into', () => {
    const walked = walkPurely(
      limit({ maxAge: 1 }, forecast({ rule: 'official' }, fixed({ mask: '1000000' }))),
      shapeOf(7, 1),
    );
    expect(maskOf(walked)).toBe('1010101');
    expect(reuses(walked).map(({ steps }) => steps)).toStrictEqual([undefined, [2, 0], [4, 2]]);
  });

  test('has a history for each entry', () => {
    const run = shapeOf(5, 2, 'self-attention');
    const walked = walkPurely(forecast({ rule: 'official' }, pab({ spatial: 2, low: -1, high: 2000 })), run);
    expect(reuses(walked).map(({ steps }) => steps)).toStrictEqual([undefined, undefined, [2, 0], [2, 0]]);
  });

  test('asks for what its method needs', () => {
    const needs = (options: Partial<ForecastOptions>): object => withDmd(options, modules(3)).needs;
    expect(needs({ order: 3 })).toStrictEqual({ history: 4, inner: 'any' });
    expect(needs({ method: 'foca' })).toMatchObject({ history: 8 });
    expect(needs({ method: 'foca', history: 5 })).toMatchObject({ history: 5 });
    expect(needs({ method: 'dmd' })).toMatchObject({ history: 6, operations: ['products'] });
    expect(forecast({ order: 0 }, bwcache()).needs).toStrictEqual(bwcache().needs);
  });

  test('shows its policy no products that this did not ask for', () => {
    const names: string[] = [];
    const spy: Policy = {
      ...fixed({ mask: '11110' }),
      observe(state, seen) {
        names.push(...Object.keys(seen.measured));
        return state;
      },
    };
    const policy = withDmd({ method: 'dmd' }, spy);
    let state = policy.init(shapeOf(5, 1));
    const at = { step: 0, call: 0, branch: 'conditional', timestep: 0, site: 0 };
    const { products = [], keep } = policy.next(state, at) as ComputeDecision;
    expect(products).toStrictEqual(keep);
    const measured = {
      [productsOf(keep[0] ?? { from: 0, until: 1, form: 'residual' })]: { kind: 'products', values: [1] },
    } as const;
    state = policy.observe(state, {
      step: 0,
      call: 0,
      branch: 'conditional',
      site: 0,
      until: 1,
      did: 'computed',
      measured,
    });
    expect(names).toStrictEqual([]);
    expect(JSON.stringify(state)).toContain('"products":[[1]]');
  });
});

describe('through the executor', () => {
  const line = Array.from({ length: 12 }, (_, step) => [3 + 2 * step, 8 - step]);

  test.each<[string, Policy]>([
    ['taylor', forecast({ rule: 'official' }, modules(3))],
    ['taylor of order 3', forecast({ order: 3, rule: 'official' }, modules(3))],
    ['dmd', withDmd({ method: 'dmd', rule: 'official' }, modules(2))],
    ['taylorseer', taylorseer({ interval: 3, warmUp: 2 })],
  ])('%s continues a straight line', async (_, policy) => {
    const used = await series(policy, line);
    used
      .slice(6)
      .forEach((value, index) =>
        value.forEach((item, place) => expect(item).toBeCloseTo(line[index + 6]?.[place] ?? Number.NaN, 3)),
      );
  });

  test('dmd continues an oscillation where Taylor goes astray', async () => {
    const wave = Array.from({ length: 25 }, (_, step) => [Math.cos(step / 3), Math.sin(step / 3), 1]);
    const errors = [];
    for (const method of ['dmd', 'taylor'] as const) {
      const used = await series(withDmd({ method, order: 1 }, modules(4)), wave);
      errors.push(
        Math.max(
          ...used.slice(20).map((value, index) => Math.abs((value[0] ?? 0) - (wave[index + 20]?.[0] ?? 0))),
        ),
      );
    }
    expect(errors[0]).toBeLessThan(0.01);
    expect(errors[1]).toBeGreaterThan(0.1);
  });

  test('plain reuse and a forecast of order 0 give the same', async () => {
    const values = fc.array(
      fc.integer({ min: -99, max: 99 }).map((value) => [value]),
      { minLength: 3, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 5 }), async (given, interval) => {
        expect(await series(forecast({ order: 0 }, modules(interval)), given)).toStrictEqual(
          await series(modules(interval), given),
        );
      }),
      { ...fuzz, numRuns: 20 },
    );
  });
});

describe('taylorseer', () => {
  test.each<[string, Parameters<typeof taylorseer>[0], number]>([
    ['1110000010000010000010000010', {}, 28],
    ['10000100001000010000', { interval: 5, warmUp: 1 }, 20],
    ['111010000100001000010000', { variant: 'diffusers' }, 24],
    ['101001001001', { variant: 'diffusers', interval: 3, warmUp: 1 }, 12],
    ['111010000100001000111111', { variant: 'diffusers', after: 18 }, 24],
    ['11111', { interval: 1 }, 5],
    ['11101010', { variant: 'diffusers', interval: 2 }, 8],
    ['11111111', { variant: 'diffusers', interval: 1 }, 8],
  ])('%s: %j', (mask, options, steps) => {
    const policy = taylorseer({ ...options, cache: 'stack' });
    expect(maskOf(walkPurely(policy, shapeOf(steps, 2)))).toBe(mask);
    const { warmUp, tail, maxAge } = policy.limits(shapeOf(steps, 2));
    expect(mask.slice(0, warmUp)).not.toContain('0');
    expect(mask.slice(steps - tail)).not.toContain('0');
    expect(Math.max(...mask.split('1').map((zeros) => zeros.length))).toBeLessThanOrEqual(maxAge ?? 0);
  });

  test('takes derivatives from the step that its variant says', () => {
    const first = (options: Parameters<typeof taylorseer>[0]): (readonly number[])[] =>
      reuses(walkPurely(taylorseer({ ...options, order: 2, cache: 'stack' }), shapeOf(10, 1)))
        .slice(0, 1)
        .map(({ weights }) => weights);
    // Only step 2 has a derivative, so the second order must wait.
    expect(first({ warmUp: 3 })).toStrictEqual([[2, -1]]);
    expect(first({ warmUp: 3, variant: 'diffusers' })).toStrictEqual([[2.5, -2, 0.5]]);
    expect(first({ warmUp: 1 })).toStrictEqual([[1]]);
  });

  test('forecasts every module by itself, or the stack as a whole', () => {
    const run = shapeOf(5, 2, 'mlp');
    const spans = (policy: Policy): readonly string[] =>
      walkPurely(policy, run)
        .filter(({ at }) => at.step === 4)
        .map(({ at, decision }) => `${at.site}–${'until' in decision ? decision.until : '?'}`);
    expect(spans(taylorseer())).toStrictEqual(['0–1', '1–2']);
    expect(spans(taylorseer({ cache: 'stack' }))).toStrictEqual(['0–2']);
  });

  test('computes where steps were left out, rather than forecast from others', () => {
    const walked = walkPurely(taylorseer({ cache: 'stack', interval: 3, warmUp: 1 }), shapeOf(8, 1), {
      skips: (step) => step === 3,
    });
    expect(reuses(walked).map(({ steps }) => steps)).toStrictEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      [6, 0],
    ]);
  });
});
