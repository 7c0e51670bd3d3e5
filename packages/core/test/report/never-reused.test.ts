import {
  always,
  bwcache,
  fixed,
  fora,
  never,
  pab,
  refrain,
  teacache,
  watch,
  type Policy,
  type RunOptions,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  type InputOf,
  linearModel,
  reuses,
  scripted,
  timestepsOf,
  type ToyModel,
  trackedRunner,
} from '../testing.ts';

const five = { timesteps: timestepsOf(5) };
const grows: InputOf = ({ step }) => 2 ** step;

async function told(
  policy: Policy,
  {
    model = linearModel,
    options = five,
    input = grows,
  }: { model?: Partial<ToyModel>; options?: RunOptions; input?: InputOf } = {},
): Promise<string | undefined> {
  const { report } = await generate(
    trackedRunner({ model: { ...linearModel, ...model } }),
    policy,
    options,
    input,
  );
  return report.warnings.find(({ code }) => code === 'never-reused')?.message;
}

describe('a run that reused nothing says why', () => {
  test('the threshold was never reached, and how near it came', async () => {
    // Every input is twice the one before it: the change is 1, but once it is 0.5.
    const input: InputOf = ({ step }) => [1, 2, 3, 6, 12][step] ?? 0;
    const model = { value: () => 0 };
    expect(await told(bwcache({ threshold: 0.15 }), { input, model })).toBe(
      'nothing was reused: the threshold 0.15 was never reached: the smallest indicator was 0.500',
    );
    expect(await told(teacache({ threshold: 0.25 }), { input })).toContain(
      'the threshold 0.25 was never reached',
    );
  });

  test('the indicator could not be read', async () => {
    expect(await told(bwcache(), { input: () => Number.NaN })).toContain(
      'the indicator was unusable (not-finite)',
    );
    expect(await told(teacache(), { input: () => 0 })).toContain(
      'the indicator was unusable (zero-reference)',
    );
    expect(await told(teacache(), { options: { ...five, maxBytes: 0 } })).toContain('(no-reference)');
  });

  test('the bytes did not suffice', async () => {
    const options = { ...five, maxBytes: 0 };
    expect(await told(fixed({ mask: '10000' }), { options })).toBe(
      'nothing was reused: every wanted reuse was refused (4 times)',
    );
  });

  test('the window was never entered', async () => {
    const model = { modules: ['self-attention'] as const };
    expect(await told(pab({ low: 5000, high: 6000 }), { model })).toContain(
      'no step had a timestep between 5000 and 6000',
    );
  });

  test('the model has nothing that the policy would reuse', async () => {
    const model = { modules: ['temporal-attention', 'mlp'] as const };
    expect(await told(pab({ temporal: 1, low: 0, high: 2000 }), { model })).toBe(
      'nothing was reused: the policy computes all sites of this model',
    );
  });

  test('the tail is as long as the run', async () => {
    expect(await told(teacache({ threshold: 1e9 }), { options: { timesteps: [2, 1] } })).toContain(
      'everything from step 1 on is computed',
    );
  });

  test('the rule is a schedule without reuse', async () => {
    expect(await told(fora({ interval: 1, cache: 'stack' }))).toContain("the policy's rule (schedule)");
    expect(await told(fixed())).toContain("the policy's rule (schedule)");
  });

  test('the run was over after its first step', async () => {
    const run = refrain(trackedRunner(), always()).start(five);
    await run.step(1, { step: 0 });
    expect(run.report().warnings).toStrictEqual([]);
    run.end();
    expect(run.report().warnings).toStrictEqual([
      {
        code: 'never-reused',
        message: 'nothing was reused: the run was over before anything could be reused',
        count: 1,
      },
    ]);
  });

  test('a policy of a user is held to it too', async () => {
    expect(await told(scripted(() => computes(3)))).toContain("the policy's rule (schedule)");
  });
});

describe('a run does not complain', () => {
  test('when it was meant to compute everything', async () => {
    for (const policy of [never(), watch(), scripted(() => computes(3), { history: 0 })])
      expect(await told(policy)).toBe(undefined);
  });

  test('when it reused something, be it little', async () => {
    const policy = scripted(({ step, site }) =>
      step === 4 && site === 2
        ? reuses(3, 'residual')
        : computes(site + 1, [entry(site, site + 1, 'residual')]),
    );
    expect(await told(policy)).toBe(undefined);
  });

  test('when no step was taken', () => {
    const run = refrain(trackedRunner(), always()).start(five);
    run.end();
    expect(run.report()).toMatchObject({ status: 'ended', warnings: [], reuseRate: 0 });
  });
});
