import {
  fromBlocks,
  outputOf,
  productsOf,
  refrain,
  SAMPLE,
  type Decision,
  type Indicator,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  numerators,
  reuses,
  scripted,
  streamAt,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

/** One element; the value of a site is 10 · site + step + 1, its gate 1. */
const toy = {
  blocks: 2,
  modules: ['self-attention', 'mlp'] as const,
  width: () => 1,
  enter: (input: number) => input,
  value: (_: number, site: number, { step }: { readonly step: number }) => 10 * site + step + 1,
  gate: () => 1,
  exit: (x: number) => x,
};
const inputs = (): number => 0;
const timesteps = timestepsOf(3);

describe('an entry that ends behind the span in which it starts', () => {
  test('is kept once the pass gets there, whatever happens on the way', async () => {
    // The stack is kept at step 1, while a value of step 0 is put in at site 2; it is reused as a whole at step 2.
    const policy = scripted(({ step, site }): Decision => {
      if (step === 0) return computes(4, [entry(2, 3, 'value')]);
      if (step === 2) return reuses(4, 'residual');
      if (site === 0) return computes(2, [entry(0, 4, 'residual')]);
      return site === 2 ? reuses(3, 'value') : computes(4);
    });
    const { outputs } = await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    const stack = 2 + 12 + 21 + 32;
    expect(outputs.slice(1)).toStrictEqual([[stack], [stack]]);
  });

  test('is kept across a measurement and a reused span', async () => {
    const policy = scripted(({ step, site }): Decision => {
      if (step === 0) return computes(4, [entry(1, 3, 'residual')]);
      if (step === 2) return reuses(4, 'residual');
      if (site === 0) return computes(1, [entry(0, 4, 'residual')], [streamAt(1, 'seen')]);
      return site === 1 ? reuses(3, 'residual') : computes(4);
    });
    const { outputs } = await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    const stack = 2 + (11 + 21) + 32;
    expect(outputs.slice(1)).toStrictEqual([[stack], [stack]]);
  });

  test('is not kept when a span is reused over its start', async () => {
    const policy = scripted(({ step, site }): Decision => {
      if (step === 0) return computes(4, [entry(0, 2, 'residual')]);
      if (step === 2) return site === 0 ? computes(1) : reuses(4, 'residual');
      return site === 0 ? reuses(2, 'residual') : computes(4, [entry(2, 4, 'residual')]);
    });
    const { report } = await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    expect(report.decisions.at(-1)).toMatchObject({ did: 'computed', refused: 'nothing-cached' });
  });
});

describe('forecasts', () => {
  const value = entry(0, 1, 'value');
  const forecast = (steps: readonly number[], weights: readonly number[] = [2, -1]): Decision => ({
    do: 'reuse',
    until: 1,
    form: 'value',
    weights,
    steps,
    why: { kind: 'schedule' },
  });

  test.each([
    ['made for the steps that are cached are used', [1, 0], [2 * 2 - 1 + 63 + 9], undefined],
    ['made for other steps are refused', [2, 0], [3 + 63 + 9], 'other-history'],
  ] as const)('%s', async (_, steps, expected, refused) => {
    const policy = scripted(
      ({ step, site }) => (step < 2 ? computes(4, [value]) : site === 0 ? forecast(steps) : computes(4)),
      { history: 2 },
    );
    const { outputs, report } = await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    expect(outputs.at(-1)).toStrictEqual(expected.map((sum) => sum - 3));
    expect(report.decisions.find(({ step }) => step === 2)?.refused).toBe(refused);
  });

  test('that are not finite give way to the newest value, and that is told', async () => {
    const policy = scripted(
      ({ step, site }) =>
        step < 2 ? computes(4, [value]) : site === 0 ? forecast([1, 0], [1e308, 1e308]) : computes(4),
      { history: 2 },
    );
    const { outputs, report } = await generate(
      trackedRunner({ model: { ...toy, value: (_, site, { step }) => 100 * (site + step + 1) } }),
      policy,
      { timesteps },
      inputs,
    );
    expect(outputs.at(-1)).toStrictEqual([200 + 400 + 500 + 600]);
    expect(report.warnings.map(({ code }) => code)).toContain('non-finite-forecast');
  });
});

describe('indicators', () => {
  test('against a frozen reference leave it as it is', async () => {
    const seen = streamAt(4, 'seen');
    const frozen: Indicator = { ...seen, against: 'frozen' };
    const policy = scripted(({ step }) => computes(4, [], [step === 0 ? seen : frozen]));
    await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    // Four values grow by one each step.
    expect(numerators(policy.seen, seen.name)).toStrictEqual(['no-reference', 4, 8]);
  });

  test('may be measured where a value is put in', async () => {
    const policy = scripted(({ step, site }): Decision => {
      if (step === 0) return computes(4, [entry(0, 1, 'value')], [streamAt(1, 'seen')]);
      if (site > 0) return computes(4);
      return { ...reuses(1, 'value'), measure: [streamAt(1, 'seen')] } as Decision;
    });
    await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    expect(numerators(policy.seen, 'stream 1 seen')).toStrictEqual(['no-reference', 0, 0]);
  });

  test('of motion and of token norms come from the runner', async () => {
    const motion: Indicator = { ...streamAt(4, 'seen'), name: 'motion', quantity: { of: 'motion', lag: 1 } };
    const norms: Indicator = { ...streamAt(4, 'seen'), name: 'norms', quantity: 'token-norms' };
    const policy = scripted(() => computes(4, [], [motion, norms]));
    const wide = { ...toy, width: () => 2, enter: (_: number, index: number) => index };
    await generate(trackedRunner({ model: wide }), policy, { timesteps }, inputs);
    expect(numerators(policy.seen, 'motion')).toStrictEqual([1, 1, 1]);
    expect(numerators(policy.seen, 'norms')).toStrictEqual([
      'no-reference',
      68 / 64 + 69 / 65,
      72 / 68 + 73 / 69,
    ]);
  });

  test('give the inner products of what was kept with its history', async () => {
    const stack = entry(0, 4, 'residual');
    const policy = scripted(
      (): Decision => ({
        do: 'compute',
        until: 4,
        keep: [stack],
        products: [stack],
        measure: [],
        why: { kind: 'schedule' },
      }),
      { history: 2 },
    );
    await generate(trackedRunner({ model: toy }), policy, { timesteps }, inputs);
    const products = policy.seen.map(({ measured }) => measured[productsOf(stack)]);
    expect(products).toStrictEqual([
      { kind: 'products', values: [64 * 64] },
      { kind: 'products', values: [68 * 68, 68 * 64] },
      { kind: 'products', values: [72 * 72, 72 * 68] },
    ]);
  });
});

describe('a stream that changes its shape on the way', () => {
  /** Two arrays of other lengths before and after the first block. */
  const runner = fromBlocks([
    () => new Float32Array(4).fill(1),
    (x) => (x as Float32Array).map((value) => value + 1),
  ]);
  const change: Indicator = { name: 'r', tap: { of: 'residual', from: 0, until: 1 }, against: 'seen' };

  test('has no residual there: it is not kept, nothing is measured, and both are told', async () => {
    const policy = scripted(({ step, site }) => {
      if (site > 0) return computes(2);
      return step === 1 ? reuses(1, 'residual') : computes(2, [entry(0, 1, 'residual')], [change]);
    });
    const run = refrain(runner, policy).start({ timesteps });
    for (const step of timesteps.keys()) await run.step(Float32Array.of(1, 2), { step });
    expect(numerators(policy.seen, 'r')).toStrictEqual(['shape-changed', 'shape-changed']);
    expect(run.report().warnings.map(({ code }) => code)).toContain('shape-changed');
    expect(run.report().mask).toStrictEqual({ conditional: '111' });
  });
});

test('the whole model and the stream may have other shapes, and go by their own', async () => {
  const runner = fromBlocks<Float32Array, undefined, Float32Array>(
    [(x) => (x as Float32Array).map((value) => value + 1)],
    {
      enter: (input) => ({ x: Float32Array.of(...input, 0), context: undefined }),
      exit: (x) => (x as Float32Array).slice(0, 2),
      model: {
        sample: (input) => input.slice(),
        feature: (output) => output.slice(),
        output: (x) => (x as Float32Array).slice(),
      },
    },
  );
  const out = outputOf(1);
  const policy = scripted(
    ({ step, site }): Decision => {
      if (site > SAMPLE) return site === 1 ? computes(out) : computes(1);
      return step === 0 ? computes(0, [entry(SAMPLE, out, 'output')]) : reuses(out, 'output');
    },
    { model: true },
  );
  const run = refrain(runner, policy).start({ timesteps });
  for (const step of timesteps.keys()) await run.step(Float32Array.of(1, 2), { step });
  expect(run.report().mask).toStrictEqual({ conditional: '100' });
});
