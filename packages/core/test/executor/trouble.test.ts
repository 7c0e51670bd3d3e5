import { always, bwcache, fixed, fora, refrain, teacache, type Policy } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  bare,
  computes,
  entry,
  expectNothingLeft,
  generate,
  placesOf,
  reuses,
  scripted,
  slowly,
  timestepsOf,
  type ToyModel,
  trackedRunner,
} from '../testing.ts';

const eight = { timesteps: timestepsOf(8) };
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

/** Every value is NaN at one step. */
function nanAt(bad: number): Partial<ToyModel> {
  return {
    modules: ['self-attention'],
    value: (x, _, { step }) => (step === bad ? Number.NaN : Math.floor(x) % 7),
  };
}

describe('a NaN in the middle of a run', () => {
  test.each<[string, Policy]>([
    ['fora', fora({ interval: 4 })],
    ['fora, stack', fora({ interval: 4, cache: 'stack' })],
    ['fixed', fixed({ mask: '11110000' })],
  ])('%s: is reported, never cached, and later steps are fine', async (_, policy) => {
    const runner = trackedRunner({ model: nanAt(3) });
    const { outputs, report, error } = await generate(runner, policy, eight);
    expect(error).toBe(undefined);
    expect(codes(report.warnings)).toStrictEqual(['non-finite-feature', 'reuse-refused']);
    // The step with the NaN is what it is; the next one wanted to reuse it, computed instead, and was cached.
    expect(report.mask['conditional']).toMatch(/^1..11000?/);
    expect(outputs.map((output) => output.every(Number.isFinite))).toStrictEqual(
      eight.timesteps.map((_timestep, step) => step !== 3),
    );
    const fourth = placesOf(eight)[4];
    expect(outputs[4]).toStrictEqual(
      fourth && (await bare(trackedRunner({ model: nanAt(3) }), eight, fourth)),
    );
  });

  test('an entry that was good before is forgotten, not used instead', async () => {
    const policy = scripted(({ step }) =>
      step < 4 ? computes(3, [entry(0, 3, 'residual')]) : reuses(3, 'residual'),
    );
    const { report } = await generate(trackedRunner({ model: nanAt(3) }), policy, eight);
    expect(report.mask).toStrictEqual({ conditional: '11111000' });
  });

  test('a runner that cannot tell caches what it has, as the interface says', async () => {
    const runner = trackedRunner({ model: nanAt(0), blind: true });
    const { outputs, report } = await generate(runner, always(), { timesteps: [2, 1] });
    expect(report.mask).toStrictEqual({ conditional: '10' });
    expect(outputs[1]).toStrictEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test.each<[string, Policy]>([
    ['bwcache', bwcache({ threshold: 1e6 })],
    ['bwcache, paper', bwcache({ threshold: 1e6, form: 'paper' })],
    ['teacache', teacache({ threshold: 1e6 })],
  ])('%s: an indicator that is not finite computes, and says so', async (_, policy) => {
    // The stream itself is NaN at step 1; steps 1 and 2 cannot be compared.
    const enter = (input: number, index: number, { step }: { step: number }): number =>
      step === 1 ? Number.NaN : input + index;
    const { report } = await generate(trackedRunner({ model: { enter } }), policy, eight);
    expect(report.mask['conditional']?.slice(0, 3)).toBe('111');
    expect(report.reuseRate).toBeGreaterThan(0);
    const warning = report.warnings.find(({ code }) => code === 'non-finite-indicator');
    expect(warning?.message).toContain('at step 1 of conditional');
  });
});

describe('a shape that changes in the middle of a run', () => {
  const model: Partial<ToyModel> = { width: ({ step }) => (step < 4 ? 3 : 5) };

  test.each<[string, Policy, string]>([
    ['always', always(), '10001000'],
    ['fixed', fixed({ mask: '11000000' }), '11001000'],
    ['teacache', teacache({ threshold: 1e6 }), '10001001'],
  ])('%s: computes, says so, and goes on with the new shape', async (_, policy, mask) => {
    const { report, error } = await generate(trackedRunner({ model }), policy, eight);
    expect(error).toBe(undefined);
    expect(report.mask).toStrictEqual({ conditional: mask });
    expect(codes(report.warnings)).toStrictEqual(['shape-changed']);
  });

  test('a history of two shapes is never combined', async () => {
    const policy = scripted(
      ({ step }) => (step % 2 === 0 ? computes(3, [entry(0, 3, 'output')]) : reuses(3, 'output', [2, -1])),
      { history: 2 },
    );
    const { report } = await generate(trackedRunner({ model }), policy, eight);
    // Step 1: one feature only. Step 5: step 4 began a new history.
    expect(report.mask).toStrictEqual({ conditional: '11101110' });
  });
});

describe('a runner that fails', () => {
  test('ends the run; its error is the cause, and the report remains', async () => {
    const boom = new RangeError('out of memory');
    const before = (call: string, at: { step: number } | undefined): void => {
      if (call === 'span' && at?.step === 2) throw boom;
    };
    const runner = trackedRunner({ before });
    const { error, report, outputs } = await generate(runner, fixed({ mask: '10110' }), eight);
    expect(error).toMatchObject({ code: 'RUNNER_FAILED', cause: boom, name: 'RunnerError' });
    expect(error?.message).toBe('[core] runner "tracked" failed at step 2 of conditional: out of memory');
    expect(outputs).toHaveLength(2);
    expect(report).toMatchObject({ status: 'failed', passes: 2, bytes: { held: 0 } });
    expect(report.mask['conditional']?.slice(0, 2)).toBe('10');
    expect(codes(report.warnings)).toContain('incomplete');
  });

  test('with something that is no error is understood too', async () => {
    const before = (): void => {
      throw 'a string';
    };
    const { error } = await generate(trackedRunner({ before }), always(), eight);
    expect(error).toMatchObject({ code: 'RUNNER_FAILED', cause: 'a string' });
    expect(error?.message).toContain('a string');
  });

  test('does not spoil the next run', async () => {
    let failing = true;
    const runner = trackedRunner({
      before: (call, at) => {
        if (failing && call === 'exit' && at?.step === 1) throw new Error('once');
      },
    });
    const model = refrain(runner, always());
    const first = model.start(eight);
    await first.step(1, { step: 0 });
    await expect(first.step(1, { step: 1 })).rejects.toThrow('once');
    expectNothingLeft(runner, first.report());
    failing = false;
    const second = await generate(runner, always(), eight);
    const alone = await generate(trackedRunner(), always(), eight, slowly);
    expect(second.outputs).toStrictEqual(alone.outputs);
  });
});
