import { dicache, parsePolicy, type DicacheOptions } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import { runOnSeries, type ToyRun, type ToySeries } from './block-toy.ts';

const f = Math.fround;

/** The input of the toy: it changes with the series, and is never 0. */
const inputOf = (value: number): number => 64 + value * value;

function run(
  options: Partial<DicacheOptions>,
  series: readonly number[],
  more: Partial<ToySeries> = {},
): Promise<ToyRun> {
  return runOnSeries(dicache(options), { series, input: inputOf, ...more });
}

/** The source's decisions on one branch, on scalars in float32, with γ at each reused step; null where it is not used. */
function source(
  series: readonly number[],
  {
    threshold,
    error,
    retention,
    variant,
  }: Pick<DicacheOptions, 'threshold' | 'error' | 'retention' | 'variant'>,
): { readonly mask: string; readonly gammas: readonly (number | null)[] } {
  const steps = series.length;
  const window: number[] = [];
  const gammas: (number | null)[] = [];
  let [mask, accumulated, lastInput, lastProbe] = ['', 0, Number.NaN, Number.NaN];
  for (const [step, value] of series.entries()) {
    const input = f(inputOf(value));
    const probe = f(input + value);
    const start = Math.trunc(retention * steps);
    const direct = variant === 'flux' ? step <= start || step === steps - 1 : step < start || step === 0;
    const change = (now: number, before: number): number => f(Math.abs(now - before) / Math.abs(before));
    if (direct) accumulated = 0;
    else {
      const [deltaY, deltaX] = [change(probe, lastProbe), change(input, lastInput)];
      accumulated = f(accumulated + (error === 'delta_y' ? deltaY : Math.abs(f(deltaY - deltaX))));
    }
    const near = variant === 'hunyuan' ? accumulated <= f(threshold) : accumulated < f(threshold);
    const reuse = !direct && near;
    mask += reuse ? '0' : '1';
    const [newest, older] = window.toReversed();
    if (reuse) {
      const spread = older === undefined ? 0 : Math.abs(newest! - older);
      const gamma = older === undefined || spread === 0 ? 1 : f(Math.abs(f(probe - input) - older) / spread);
      gammas.push(Math.min(Math.max(gamma, 1), variant === 'wan' ? 2 : 1.5));
    } else {
      accumulated = 0;
      window.push(f(probe - input));
      gammas.push(null);
    }
    [lastInput, lastProbe] = [input, probe];
  }
  return { mask, gammas };
}

/** γ as the policy used it: the first of two weights. */
function gammasOf({ report }: ToyRun, steps: number): readonly (number | null)[] {
  return Array.from({ length: steps }, (_, step) => {
    const reused = report.decisions.find((record) => record.step === step && record.did === 'reused');
    return reused ? (reused.weights?.[0] ?? 1) : null;
  });
}

const dyadic = fc.array(fc.integer({ min: 1, max: 48 }), { minLength: 2, maxLength: 24 });
const settings = fc.record({
  threshold: fc.constantFrom(0.02, 0.1, 0.4, 2),
  error: fc.constantFrom('delta_y', 'delta_minus'),
  retention: fc.constantFrom(0, 0.2, 0.5),
  variant: fc.constantFrom('flux', 'hunyuan', 'wan'),
});

test('decides and aligns as the source, on any series', async () => {
  await fc.assert(
    fc.asyncProperty(dyadic, settings, async (series, options) => {
      const expected = source(series, options);
      const made = await run(options, series);
      expect(made.mask).toBe(expected.mask);
      expect(gammasOf(made, series.length)).toStrictEqual(expected.gammas);
    }),
    fuzz,
  );
});

describe('DiCache', () => {
  test('computes the retained steps, and the last one on FLUX only', async () => {
    const still = Array.from({ length: 10 }, () => 1);
    expect((await run({}, still)).mask).toBe('1110000001');
    expect((await run({ variant: 'hunyuan' }, still)).mask).toBe('1100000000');
    expect((await run({ variant: 'wan' }, still)).mask).toBe('1100000000');
    expect((await run({ variant: 'hunyuan', retention: 0 }, still)).mask).toBe('1000000000');
    expect((await run({ retention: 1 }, still)).mask).toBe('1111111111');
  });

  test('Wan counts the calls of both branches', async () => {
    // ⌊0.3 · 2 · 5⌋ = 3 calls: two of the first branch, one of the second.
    const series = Array.from({ length: 10 }, () => 1);
    const branches = ['conditional', 'unconditional'];
    expect((await run({ variant: 'wan', retention: 0.3 }, series, { branches })).mask).toBe('1110000000');
  });

  test('adds up the changes between neighbouring steps, and starts anew after a computed one', async () => {
    // The probe's output is 8, 9, 10.125, …: an eighth more each time.
    const series = [0, 1, 2.125, 3.390625, 4.814453125, 6.416259765625, 8.218292236328125, 9];
    const grows = { input: () => 8, blocks: 2 };
    expect((await run({ threshold: 0.3, retention: 0 }, series, grows)).mask).toBe('10010011');
    expect((await run({ threshold: 0.25, retention: 0 }, series, grows)).mask).toBe('10101011');
    expect((await run({ threshold: 0.25, retention: 0, variant: 'hunyuan' }, series, grows)).mask).toBe(
      '10010010',
    );
  });

  test('puts the line through the last two residuals on top of the fresh probe', async () => {
    // Probe residuals 2 and 4, now 5: γ = 3/2. The other blocks add 10 and 20: 10 + 3/2 · 10 = 25.
    const { out, report } = await runOnSeries(dicache({ threshold: 9, retention: 0.3 }), {
      series: [2, 4, 5, 5],
      input: () => 1,
    });
    expect(report.decisions.find(({ did }) => did === 'reused')?.weights).toStrictEqual([1.5, -0.5]);
    expect(out[2]).toBe(1 + 5 + 25);
  });

  test.each<[string, readonly number[], readonly number[], Partial<DicacheOptions>]>([
    ['not beyond 1.5', [2, 4, 90, 1], [1.5, -0.5], {}],
    ['not beyond 2 on Wan', [2, 4, 90, 1], [2, -1], { variant: 'wan', retention: 0.5 }],
    ['never back', [2, 4, 2.5, 1], [1], {}],
    ['plain where the last two are the same', [4, 4, 5, 1], [1], {}],
  ])('%s', async (_, series, weights, options) => {
    const { report } = await runOnSeries(dicache({ threshold: 1e9, retention: 0.3, ...options }), {
      series,
      input: () => 1,
    });
    expect(report.decisions.find(({ did }) => did === 'reused')?.weights).toStrictEqual(weights);
  });

  test('reuses one residual as it is, and forecasts only from both', async () => {
    const { mask, report } = await run({ threshold: 9, retention: 0, variant: 'hunyuan' }, [1, 2, 3]);
    expect(mask).toBe('100');
    expect(
      report.decisions.filter(({ did }) => did === 'reused').map(({ weights }) => weights),
    ).toStrictEqual([[1], [1]]);
  });

  test('computes where the probe or the input cannot be read', async () => {
    const zero = { input: () => 0 };
    expect((await run({ threshold: 9, retention: 0 }, [0, 0, 0, 0], zero)).mask).toBe('1111');
    const minus = await run({ threshold: 9, retention: 0, error: 'delta_minus' }, [1, 1, 1, 1], zero);
    expect(minus.mask).toBe('1111');
    expect(minus.report.warnings.map(({ code }) => code)).toContain('zero-reference');
  });

  test('the difference of both changes may stay small where both are large', async () => {
    const series = [1, 2, 4, 8, 16, 32];
    const scaled = { input: (value: number) => 8 * value };
    expect((await run({ threshold: 0.1, retention: 0 }, series, scaled)).mask).toBe('111111');
    expect((await run({ threshold: 0.1, retention: 0, error: 'delta_minus' }, series, scaled)).mask).toBe(
      '100001',
    );
  });

  test('probes with more blocks when told, and with half of them where there are too few', async () => {
    const still = [1, 1, 1, 1];
    expect((await run({ probe: 2, retention: 0 }, still)).blocks[1]).toBe('110');
    const { blocks, report } = await run({ probe: 7, retention: 0 }, still, { blocks: 4 });
    expect(blocks[1]).toBe('1100');
    expect(report.warnings.map(({ code }) => code)).toContain('other-model');
    expect((await run({ retention: 0 }, still, { blocks: 1 })).mask).toBe('1111');
  });

  test('has an id that reads back', () => {
    const id = 'dicache(threshold=0.08,error=delta_minus,retention=0,variant=wan)';
    expect(parsePolicy(id).id).toBe(id);
    expect(dicache().id).toBe('dicache(threshold=0.4)');
  });
});
