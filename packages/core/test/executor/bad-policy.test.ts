import {
  bwcache,
  fora,
  pab,
  refrain,
  teacache,
  type Decision,
  type Indicator,
  type Policy,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  looks,
  reuses,
  scripted,
  streamAt,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

const two = { timesteps: timestepsOf(2) };
const anyModule = { modules: ['mlp'] as const };

describe('impossible decisions end the run with the name of the policy', () => {
  const modulated = (at: number): Indicator => ({ name: 'm', tap: { of: 'modulated', at }, against: 'seen' });
  const value = (at: number): Indicator => ({ name: 'v', tap: { of: 'value', at }, against: 'seen' });

  test.each<[string, Decision, string]>([
    ['a span that is empty', computes(0), 'its span ends at 0, expected an integer from 1 to 3'],
    ['a span beyond the stream', computes(4), 'its span ends at 4'],
    ['a span that ends between positions', computes(1.5), 'its span ends at 1.5'],
    ['a span without an end', computes(Number.NaN), 'its span ends at NaN'],
    ['an entry beyond the stream', computes(2, [entry(0, 4, 'output')]), 'it keeps 0–4'],
    ['an entry that starts behind the span', computes(2, [entry(2, 3, 'output')]), 'it keeps 2–3'],
    ['an entry turned round', computes(2, [entry(1, 1, 'output')]), 'it keeps 1–1'],
    ['an entry between positions', computes(2, [entry(0.5, 1, 'output')]), 'it keeps 0.5–1'],
    ['a value without inner sites', computes(2, [entry(0, 1, 'value')]), 'the runner has none'],
    ['no weights', reuses(3, 'output', []), 'it combines 0 past features'],
    ['more weights than declared', reuses(3, 'output', [1, 1]), 'expected 1 to 1 (needs.history)'],
    ['weights that are not finite', reuses(3, 'output', [Number.NaN]), 'its weights are not finite'],
    ['nothing to measure', looks(), 'it measures nothing'],
    ['two indicators of one name', computes(3, [], [modulated(0), modulated(1)]), '"m" twice'],
    ['a look elsewhere', looks(streamAt(1, 'seen')), '"stream 1 seen"'],
    ['a modulated input elsewhere', looks(modulated(1)), '"m"'],
    ['a look at what is not computed yet', looks(value(0)), '"v"'],
    ['an indicator beyond the span', computes(1, [], [streamAt(2, 'seen')]), '"stream 2 seen"'],
    ['a modulated input at the end of the span', computes(1, [], [modulated(1)]), '"m"'],
    ['a stride that is none', computes(3, [], [streamAt(1, 'seen', 0)]), 'stride'],
    [
      'conditioning that nobody offers',
      looks({ name: 'c', tap: { of: 'conditioning', name: 'text' }, against: 'seen' }),
      '"c"',
    ],
    ['an unknown verb', { ...computes(3), do: 'skip' } as unknown as Decision, 'skip'],
    ['nothing at all', undefined as unknown as Decision, 'undefined'],
  ])('%s', async (_, decision, message) => {
    const { error, report } = await generate(
      trackedRunner(),
      scripted(() => decision),
      two,
    );
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT' });
    expect(error?.message).toContain('scripted');
    expect(error?.message).toContain(message);
    expect(report).toMatchObject({ status: 'failed', passes: 0 });
  });

  test('the value of more than one inner site', async () => {
    const policy = scripted(() => reuses(2, 'value'), { inner: 'any' });
    const { error } = await generate(trackedRunner({ model: anyModule }), policy, two);
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT' });
    expect(error?.message).toContain('spans one position, got 0–2');
  });

  test('an indicator that reaches back before the position of the decision', async () => {
    const policy = scripted(({ site }) =>
      site === 0 ? computes(1) : computes(3, [], [streamAt(0, 'seen')]),
    );
    const { error } = await generate(trackedRunner(), policy, two);
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT' });
  });

  test('looking again for the same', async () => {
    const { error } = await generate(
      trackedRunner(),
      scripted(() => looks(streamAt(0, 'seen'))),
      two,
    );
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT' });
    expect(error?.message).toContain('asked twice to measure "stream 0 seen"');
  });
});

describe('a policy that throws is named, not the runner', () => {
  const boom = new TypeError('boom');
  const throws = (): never => {
    throw boom;
  };
  test.each<[string, Partial<Policy>]>([
    ['when it decides', { next: throws }],
    ['when it observes', { observe: throws }],
  ])('%s', async (_, broken) => {
    const policy: Policy = { ...(scripted(() => computes(3)) as Policy), ...broken };
    const { error, report } = await generate(trackedRunner(), policy, two);
    expect(error).toMatchObject({ code: 'POLICY_CONTRACT', cause: boom });
    expect(error?.message).toContain('scripted');
    expect(report.status).toBe('failed');
  });
});

describe('needs that a runner does not meet are refused before the first step', () => {
  const plain = trackedRunner();
  const bareSites = {
    ...plain,
    sites: plain.sites.map((site) => (site.level === 'block' ? { ...site, modulated: false } : site)),
  };

  test.each<[string, typeof plain, Policy, string]>([
    ['modulated inputs', bareSites, bwcache(), 'modulated inputs of b0, b1, b2'],
    ['modulated inputs', bareSites, teacache(), 'modulated inputs'],
    ['inner sites', plain, fora(), 'inner sites (attention and MLP)'],
    [
      'a kind of inner site',
      trackedRunner({ model: anyModule }),
      pab(),
      'an inner site of kind spatial-attention',
    ],
    ['conditioning', plain, scripted(() => computes(3), { conditioning: ['pose'] }), 'conditioning "pose"'],
    [
      'everything at once',
      bareSites,
      scripted(() => computes(3), { modulated: 'all', inner: 'any', conditioning: ['pose'] }),
      'inner sites (attention and MLP) and modulated inputs of b0, b1, b2 and conditioning "pose"',
    ],
  ])('%s', (_, runner, policy, message) => {
    const wrap = (): unknown => refrain(runner, policy);
    expect(wrap).toThrow(expect.objectContaining({ code: 'POLICY_NEEDS' }) as Error);
    expect(wrap).toThrow(message);
    expect(wrap).toThrow(policy.id);
  });

  test('a runner without look() is told so when it is needed', async () => {
    const { error } = await generate(trackedRunner({ lookless: true }), teacache(), two);
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toContain('has no look()');
  });
});
