import { always, never, refrain, type Decision } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bare,
  computes,
  entry,
  generate,
  placesOf,
  reuses,
  scripted,
  slowly,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';
import { fuzz } from '../seed.ts';

const TWO = { timesteps: [1000, 500] };
/** One element; each site adds the gate times the value; the gate is 1 at step 0 and 2 later. */
const line = {
  width: () => 1,
  enter: (input: number) => input,
  value: (x: number) => x + 1,
  gate: (_: number, { step }: { readonly step: number }) => (step === 0 ? 1 : 2),
  exit: (x: number) => x,
};

/** Runs two steps with inputs 10 and 100 and returns both outputs. */
async function twoSteps(
  second: Decision,
  first: Decision,
  model: object = {},
  inner = false,
): Promise<readonly number[]> {
  const policy = scripted(({ step }) => (step === 0 ? first : second), inner ? { inner: 'any' } : {});
  const runner = trackedRunner({ model: { ...line, blocks: 1, ...model } });
  const { outputs, error } = await generate(runner, policy, TWO, ({ step }) => [10, 100][step] ?? 0);
  expect(error).toBe(undefined);
  return outputs.map(([value]) => value ?? Number.NaN);
}

describe('never', () => {
  test('gives the output of the bare runner bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          blocks: fc.integer({ min: 1, max: 6 }),
          modules: fc.constantFrom([], ['mlp'] as const, ['self-attention', 'mlp'] as const),
          steps: fc.integer({ min: 2, max: 8 }),
          asynchronous: fc.boolean(),
          scale: fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
        }),
        async ({ blocks, modules, steps, asynchronous, scale }) => {
          const value = (x: number, site: number): number => Math.sin(x * scale + site);
          const runner = trackedRunner({ model: { blocks, modules, value }, asynchronous });
          const options = { timesteps: timestepsOf(steps), branches: ['a', 'b'], callsPerStep: 2 };
          const { outputs, report } = await generate(runner, never(), options);
          const plain: (readonly number[])[] = [];
          for (const place of placesOf(options)) plain.push(await bare(runner, options, place));
          expect(outputs).toStrictEqual(plain);
          expect(report).toMatchObject({ status: 'finished', reuseRate: 0, warnings: [] });
        },
      ),
      fuzz,
    );
  });
});

describe('reuse', () => {
  test('of a residual adds it to the current stream', async () => {
    // 10 → 10 + (10 + 1) = 21, residual 11. Computed anew 100 would give 100 + 2·101 = 302.
    expect(await twoSteps(reuses(1, 'residual'), computes(1, [entry(0, 1, 'residual')]))).toStrictEqual([
      21, 111,
    ]);
  });

  test('of an output replaces the stream', async () => {
    expect(await twoSteps(reuses(1, 'output'), computes(1, [entry(0, 1, 'output')]))).toStrictEqual([21, 21]);
  });

  test('of a value applies it with the gate of the current step', async () => {
    const modules = ['mlp'] as const;
    const outputs = await twoSteps(
      reuses(1, 'value'),
      computes(1, [entry(0, 1, 'value')]),
      { modules },
      true,
    );
    expect(outputs).toStrictEqual([21, 100 + 2 * 11]);
  });

  test('of one form is not served by an entry of another form', async () => {
    // Refused and computed: 302. An entry of the other form would give 111 or 21.
    for (const [kept, wanted] of [
      ['residual', 'output'],
      ['output', 'residual'],
    ] as const)
      expect(await twoSteps(reuses(1, wanted), computes(1, [entry(0, 1, kept)]))).toStrictEqual([21, 302]);
  });

  test('of one span is not served by an entry of another span', async () => {
    const policy = scripted(({ step, site }) => {
      if (step === 0) return computes(2, [entry(0, 2, 'residual'), entry(1, 2, 'residual')]);
      return site === 0 ? reuses(1, 'residual') : reuses(2, 'residual');
    });
    const runner = trackedRunner({ model: { ...line, blocks: 2 } });
    const { report } = await generate(runner, policy, TWO);
    expect(report.decisions.slice(1)).toMatchObject([
      { site: 0, until: 1, did: 'computed', refused: 'nothing-cached' },
      { site: 1, until: 2, did: 'reused' },
    ]);
  });

  test('leaves the time of the frame to the current step', async () => {
    const runner = trackedRunner({ model: { ...line, blocks: 1, exit: (x, { step }) => x + 1000 * step } });
    const { outputs } = await generate(runner, always(), TWO, ({ step }) => [10, 100][step] ?? 0);
    expect(outputs).toStrictEqual([[21], [1111]]);
  });

  test('refused is computed, kept, and told to the policy and the user', async () => {
    const policy = scripted(() => reuses(3, 'residual'));
    const runner = trackedRunner();
    const { report, outputs } = await generate(runner, policy, TWO);
    expect(policy.seen).toMatchObject([
      { step: 0, did: 'computed', refused: 'nothing-cached', measured: {} },
      { step: 1, did: 'reused' },
    ]);
    expect(report.mask).toStrictEqual({ conditional: '10' });
    expect(report.warnings).toMatchObject([{ code: 'reuse-refused', count: 1 }]);
    const [place] = placesOf(TWO);
    expect(outputs[0]).toStrictEqual(place && (await bare(trackedRunner(), TWO, place)));
  });
});

test('an entry beyond the age that its policy states is refused, however the steps were left out', async () => {
  const policy = {
    ...scripted(({ step }) => (step === 0 ? computes(3, [entry(0, 3, 'residual')]) : reuses(3, 'residual'))),
    limits: () => ({ warmUp: 0, tail: 0, maxAge: 2 }),
  };
  const places = [0, 1, 2, 4, 7, 9].map((step) => ({ step, call: 0, branch: 'conditional' }));
  const { report } = await generate(trackedRunner(), policy, { timesteps: timestepsOf(10) }, slowly, places);
  // 2 is two steps after 0. 4 is four after: computed, and kept. 7 is three after that, and 9 two after 7.
  expect(report.mask).toStrictEqual({ conditional: '100-1--1-0' });
  expect(report.decisions.flatMap(({ step, refused }) => (refused ? [[step, refused]] : []))).toStrictEqual([
    [4, 'too-old'],
    [7, 'too-old'],
  ]);
  expect(report.warnings).toMatchObject([{ code: 'reuse-refused', count: 2 }]);
  expect(report.warnings[0]?.message).toContain('older than the policy allows');
});

test('a run is independent of how the wrapped model is used besides', async () => {
  const runner = trackedRunner();
  const model = refrain(runner, always());
  const [one, two] = [model.start(TWO), model.start(TWO)];
  await one.step(1, { step: 0 });
  await expect(two.step(1, { step: 1 })).resolves.toBeDefined();
  expect(two.report().mask).toStrictEqual({ conditional: '-1' });
  one.end();
  two.end();
  expect(runner.ledger.live).toBe(0);
});
