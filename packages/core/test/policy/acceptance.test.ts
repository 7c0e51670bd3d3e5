import {
  dbcache,
  fbcache,
  fixed,
  forecast,
  fromBlocks,
  magcache,
  magnitudeRatios,
  magnitudes,
  never,
  parsePolicy,
  refrain,
  stepMask,
  type Float32Feature,
  type MagCacheOptions,
  type Policy,
  type RunReport,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { generate, timestepsOf, trackedRunner } from '../testing.ts';

/*
 * What other projects' own tests ask of a cache (huggingface/diffusers 58eb52c0, vipshop/cache-dit f86744af), asked of
 * ours: same inputs, same expected values. Where a project keeps its cache in the model, the run of ours takes its place.
 */

const double = (x: Float32Feature): Float32Feature => (x as Float32Array).map((value) => 2 * value);

/** Doubles the first of two streams. */
const doubleFirst = (x: Float32Feature): Float32Feature => {
  const [image, text] = x as readonly Float32Array[];
  return [(image ?? Float32Array.of()).map((value) => 2 * value), Float32Array.from(text ?? [])];
};

/** Outputs for inputs of one element, one step after the other. */
async function outputs(
  policy: Policy,
  inputs: readonly number[],
  steps = inputs.length,
): Promise<{ readonly out: readonly number[]; readonly report: RunReport }> {
  const run = refrain(fromBlocks([double, double]), policy).start({ timesteps: timestepsOf(steps) });
  const out: number[] = [];
  for (const [step, input] of inputs.entries())
    out.push(((await run.step(Float32Array.of(input), { step })) as Float32Array)[0] ?? Number.NaN);
  return { out, report: run.report() };
}

describe('MagCache of diffusers', () => {
  const options: Partial<MagCacheOptions> = {
    variant: 'diffusers',
    ratios: [[1, 1]],
    threshold: 100,
    retention: 0,
    maxSkip: 5,
  };

  test('adds the residual of the step before to the new input', async () => {
    expect((await outputs(magcache(options), [10, 11])).out).toStrictEqual([40, 41]);
  });

  test('computes what is retained', async () => {
    expect((await outputs(magcache({ ...options, retention: 1 }), [10, 11])).out).toStrictEqual([40, 44]);
  });

  test('handles two streams, and leaves the one alone that no block changes', async () => {
    const run = refrain(fromBlocks([doubleFirst]), magcache(options)).start({ timesteps: [2, 1] });
    const pass = (value: number, step: number): Promise<Float32Feature> =>
      Promise.resolve(run.step([Float32Array.of(value), Float32Array.of(5)], { step }));
    expect(await pass(10, 0)).toStrictEqual([Float32Array.of(20), Float32Array.of(5)]);
    expect(await pass(11, 1)).toStrictEqual([Float32Array.of(21), Float32Array.of(5)]);
    expect(run.report().mask['conditional']).toBe('10');
  });

  test('computes the first step of the next generation', async () => {
    const model = refrain(fromBlocks([double, double]), magcache(options));
    for (const value of [1, 2]) {
      const run = model.start({ timesteps: [2, 1] });
      expect(await run.step(Float32Array.of(value), { step: 0 })).toStrictEqual(Float32Array.of(4 * value));
      await run.step(Float32Array.of(value), { step: 1 });
    }
  });

  test('refuses to start without ratios', () => {
    const model = refrain(fromBlocks([double]), magcache({ variant: 'diffusers' }));
    expect(() => model.start({ timesteps: timestepsOf(8) })).toThrow(
      expect.objectContaining({ code: 'POLICY_FIT' }),
    );
  });

  test('is calibrated anew by each run, from 1 on', async () => {
    const inputs = [1, 2, 3, 1.5];
    const [first, second] = [await outputs(magnitudes(), inputs), await outputs(magnitudes(), inputs)];
    expect(magnitudeRatios(first.report)).toStrictEqual([[1, 2, 1.5, 0.5]]);
    expect(magnitudeRatios(second.report)).toStrictEqual(magnitudeRatios(first.report));
  });
});

describe('the hooks of diffusers', () => {
  test('two contexts give equal first outputs, and go their own ways', async () => {
    const model = refrain(fromBlocks([double, double]), fbcache({ threshold: 0.5 }));
    const run = model.start({ timesteps: [2, 1], branches: ['one', 'other'] });
    const pass = async (input: number, step: number, branch: string): Promise<number | undefined> =>
      ((await run.step(Float32Array.of(input), { step, branch })) as Float32Array)[0];
    expect(await pass(10, 0, 'one')).toBe(await pass(10, 0, 'other'));
    // One is near its own past and reuses 20 of it; the other is not.
    expect([await pass(11, 1, 'one'), await pass(30, 1, 'other')]).toStrictEqual([42, 120]);
  });

  test('a model can be wrapped twice, and is as before without a cache', async () => {
    const runner = fromBlocks([double, double]);
    const plain = async (): Promise<unknown> =>
      refrain(runner, never())
        .start({ timesteps: [2, 1] })
        .step(Float32Array.of(3), { step: 0 });
    const before = await plain();
    const models = [fbcache({ threshold: 1 }), dbcache({ front: 1 })].map((policy) =>
      refrain(runner, policy),
    );
    for (const model of models) {
      const run = model.start({ timesteps: [2, 1] });
      for (const step of [0, 1]) await run.step(Float32Array.of(9), { step });
    }
    expect(await plain()).toStrictEqual(before);
  });

  test.each(['pab(low=0,high=1000)', 'fastercache(guidance=off)'])(
    '%s: a finished run holds nothing, and the next begins anew',
    async (id) => {
      const runner = trackedRunner({ model: { blocks: 1, modules: ['self-attention'] } });
      const options = { timesteps: timestepsOf(12) };
      // Checks that no feature and no byte is left.
      const first = await generate(runner, parsePolicy(id), options);
      const second = await generate(runner, parsePolicy(id), options);
      expect(first.report.mask['conditional']).toContain('0');
      expect(second.report.mask).toStrictEqual(first.report.mask);
    },
  );

  test('with a threshold of 1 a perturbed input gives another, finite output', async () => {
    const policy = fbcache({ threshold: 1, variant: 'diffusers' });
    const [cached, uncached] = [await outputs(policy, [1, 1.01]), await outputs(never(), [1, 1.01])];
    expect(cached.report.mask['conditional']).not.toBe('11');
    expect(cached.out[1]).toBeTypeOf('number');
    expect(Number.isFinite(cached.out[1])).toBe(true);
    expect(Math.abs((cached.out[1] ?? 0) - (uncached.out[1] ?? 0))).toBeGreaterThan(1e-5);
  });
});

describe('cache-dit', () => {
  const foca = (mask: string): Policy => forecast({ method: 'foca' }, fixed({ mask }));

  /** What is reused is the residual: three times the input of its step. */
  const residuals = async (policy: Policy, inputs: readonly number[]): Promise<readonly number[]> =>
    (await outputs(policy, inputs)).out.map((value, step) => value - (inputs[step] ?? 0));

  test('FoCa goes on along a straight line, and starts anew with each run', async () => {
    // Residuals 0 and 3 were computed; 6 and 9 lie on their line.
    for (let run = 0; run < 2; run++)
      expect(await residuals(foca('1100'), [0, 1, 7, 7])).toStrictEqual([0, 3, 6, 9]);
  });

  test('FoCa reuses a single value as it is', async () => {
    expect(await residuals(foca('100'), [2, 7, 7])).toStrictEqual([6, 6, 6]);
  });

  test('FoCa computes rather than combine values of two shapes', async () => {
    const run = refrain(fromBlocks([double]), foca('1110')).start({ timesteps: timestepsOf(4) });
    for (const step of [0, 1]) await run.step(Float32Array.of(step), { step });
    await run.step(Float32Array.of(1, 2), { step: 2 });
    expect(await run.step(Float32Array.of(10, 10), { step: 3 })).toStrictEqual(Float32Array.of(20, 20));
    expect(run.report().warnings.map(({ code }) => code)).toContain('reuse-refused');
  });

  test('a forecast has one method', () => {
    expect(() => parsePolicy('forecast(fora,method=taylor,method=foca)')).toThrow(
      expect.objectContaining({ code: 'POLICY_SYNTAX' }),
    );
    expect(() => forecast({ method: 'taylor,foca' as 'taylor' }, never())).toThrow(
      expect.objectContaining({ code: 'POLICY_OPTIONS' }),
    );
  });

  test('a model generates with 16, 28 and 50 steps in turn, each with its own mask', async () => {
    const model = refrain(fromBlocks([double, double]), parsePolicy('masked(always,mask=medium)'));
    for (const steps of [16, 28, 50, 16]) {
      const run = model.start({ timesteps: timestepsOf(steps) });
      for (let step = 0; step < steps; step++) await run.step(Float32Array.of(1), { step });
      expect(run.report().mask['conditional']).toBe(stepMask('medium', steps));
    }
  });

  test.each(['slow', 'medium', 'fast', 'ultra'] as const)(
    'a configuration with mask=%s can be written down',
    (mask) => {
      const policy = dbcache({ front: 2, threshold: 0.12, mask, maskPolicy: 'static', maxContinuous: 3 });
      const read = parsePolicy(JSON.parse(JSON.stringify({ policy: policy.id })).policy);
      expect(read.id).toBe(policy.id);
      expect(read.id).toContain(`mask=${mask}`);
    },
  );
});
