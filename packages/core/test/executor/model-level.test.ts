import { outputOf, SAMPLE, type Decision, type Entry, type Indicator } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  numerators,
  reuses,
  scripted,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

/** One element; a block adds the step plus one; the sample is the input. */
const toy = {
  blocks: 2,
  width: () => 1,
  enter: (input: number) => input,
  value: (_: number, __: number, { step }: { readonly step: number }) => step + 1,
  gate: () => 1,
  exit: (x: number) => x,
};
const runner = (before?: (call: string) => void) =>
  trackedRunner({ model: toy, ...(before && { before: (call: string) => before(call) }) });
const OUT = outputOf(2);
const whole = (form: 'residual' | 'output'): Entry => entry(SAMPLE, OUT, form);
const needs = { model: true } as const;
const inputs = ({ step }: { readonly step: number }): number => 10 * (step + 1);

describe('a policy that acts on the whole model', () => {
  test.each([
    ['residual', [12, 22, 32]],
    ['output', [12, 12, 12]],
  ] as const)('reuses the %s of a whole pass without entering the model', async (form, expected) => {
    const calls: string[] = [];
    const policy = scripted(
      ({ step }) => (step === 0 ? computes(OUT, [whole(form)]) : reuses(OUT, form)),
      needs,
    );
    const { outputs, report, error } = await generate(
      runner((call) => calls.push(call)),
      policy,
      { timesteps: timestepsOf(3) },
      inputs,
    );
    expect(error).toBe(undefined);
    expect(outputs).toStrictEqual(expected.map((value) => [value]));
    expect(calls.filter((call) => call === 'enter')).toHaveLength(1);
    expect(report).toMatchObject({ mask: { conditional: '100' }, reuseRate: 2 / 3, bytes: { held: 0 } });
  });

  test('may go into the stream, and is asked again before the output is made', async () => {
    const sites: number[] = [];
    const policy = scripted(({ step, site }): Decision => {
      sites.push(site);
      if (site === SAMPLE) return computes(0, step === 0 ? [whole('residual')] : []);
      if (site < 2) return computes(2);
      return computes(OUT);
    }, needs);
    const { report } = await generate(runner(), policy, { timesteps: timestepsOf(2) }, inputs);
    expect(sites).toStrictEqual([-1, 0, 2, -1, 0, 2]);
    expect(report).toMatchObject({ status: 'finished', mask: { conditional: '11' } });
  });

  test('measures the sample before and the output behind the model', async () => {
    const sample: Indicator = { name: 'sample', tap: { of: 'stream', at: SAMPLE }, against: 'seen' };
    const output: Indicator = { name: 'output', tap: { of: 'stream', at: OUT }, against: 'computed' };
    const size: Indicator = { ...output, name: 'size', quantity: 'magnitude' };
    const policy = scripted((_, { looked }): Decision => {
      if (!looked) return { do: 'measure', what: [sample], why: { kind: 'look' } };
      return computes(OUT, [], [output, size]);
    }, needs);
    await generate(runner(), policy, { timesteps: timestepsOf(3) }, inputs);
    expect(numerators(policy.seen, 'sample')).toStrictEqual(['no-reference', 10, 10]);
    expect(numerators(policy.seen, 'output')).toStrictEqual(['no-reference', 12, 12]);
    expect(numerators(policy.seen, 'size')).toStrictEqual([12, 24, 36]);
  });

  test('measures the sample of a pass that it computes without looking or keeping anything', async () => {
    const sample: Indicator = { name: 'sample', tap: { of: 'stream', at: SAMPLE }, against: 'computed' };
    const policy = scripted(() => computes(OUT, [], [sample]), needs);
    const { error } = await generate(runner(), policy, { timesteps: timestepsOf(3) }, inputs);
    expect(error).toBe(undefined);
    expect(numerators(policy.seen, 'sample')).toStrictEqual(['no-reference', 10, 10]);
  });

  test.each<[string, (looked: boolean) => Decision]>([
    [
      'it has looked at',
      (looked) =>
        looked
          ? computes(OUT, [whole('residual')])
          : {
              do: 'measure',
              what: [{ name: 'sample', tap: { of: 'stream', at: SAMPLE }, against: 'seen' }],
              why: { kind: 'look' },
            },
    ],
    ['a refused reuse has asked for', () => reuses(OUT, 'residual')],
  ])('keeps the residual of a sample that %s', async (_, first) => {
    const policy = scripted(
      ({ step }, { looked }) => (step === 0 ? first(looked) : reuses(OUT, 'residual')),
      needs,
    );
    const { outputs, report } = await generate(runner(), policy, { timesteps: timestepsOf(3) }, inputs);
    expect(report.mask).toStrictEqual({ conditional: '100' });
    expect(outputs).toStrictEqual([[12], [22], [32]]);
  });

  test('is computed where nothing is cached yet', async () => {
    const policy = scripted(() => reuses(OUT, 'output'), needs);
    const { report } = await generate(runner(), policy, { timesteps: timestepsOf(3) }, inputs);
    expect(report.mask).toStrictEqual({ conditional: '100' });
    expect(report.warnings.map(({ code }) => code)).toContain('reuse-refused');
  });

  test('is refused where the runner has no model site', async () => {
    const { model: _, ...without } = runner();
    const policy = scripted(() => computes(OUT), needs);
    await expect(
      generate(without as ReturnType<typeof runner>, policy, { timesteps: timestepsOf(2) }),
    ).rejects.toMatchObject({ code: 'POLICY_NEEDS' });
  });

  test.each<[string, Decision, number]>([
    ['reuses a part of the frame', reuses(0, 'output'), SAMPLE],
    ['reuses out of the stream', reuses(OUT, 'output'), 0],
    [
      'looks at a modulated input before the model is entered',
      {
        do: 'measure',
        what: [{ name: 'm', tap: { of: 'modulated', at: SAMPLE }, against: 'seen' }],
        why: { kind: 'look' },
      },
      SAMPLE,
    ],
  ])('must not: it %s', async (_, decision, at) => {
    const policy = scripted(({ site }) => (site === at ? decision : computes(site + 1)), needs);
    const { error } = await generate(runner(), policy, { timesteps: timestepsOf(2) }, inputs);
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT' });
  });
});
