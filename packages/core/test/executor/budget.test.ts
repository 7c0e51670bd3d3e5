import { always, bwcache, fora, teacache, type Policy } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  linearModel,
  looks,
  numerators,
  reuses,
  scripted,
  streamAt,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

/** Three elements of eight bytes each. */
const FEATURE = 24;
const five = { timesteps: timestepsOf(5) };
const codes = (warnings: readonly { code: string }[]): string[] => warnings.map(({ code }) => code);

describe('a budget of nothing', () => {
  test.each<[string, Policy, string[]]>([
    ['always', always(), ['over-budget', 'never-reused']],
    ['fora', fora({ interval: 5 }), ['over-budget', 'reuse-refused', 'never-reused']],
    ['teacache', teacache({ threshold: 1e9 }), ['over-budget', 'never-reused']],
    ['bwcache', bwcache({ threshold: 1e9 }), ['over-budget', 'never-reused']],
  ])('%s: computes everything, and says why', async (_, policy, warnings) => {
    const model = { ...linearModel, modules: ['mlp'] as const };
    const { report, error } = await generate(trackedRunner({ model }), policy, { ...five, maxBytes: 0 });
    expect(error).toBe(undefined);
    expect(report.mask).toStrictEqual({ conditional: '11111' });
    expect(report.bytes).toStrictEqual({ held: 0, peak: 0, budget: 0 });
    expect(codes(report.warnings)).toStrictEqual(expect.arrayContaining(warnings));
  });
});

describe('a budget that is full', () => {
  test('makes room for the new by dropping the old of the same entry first', async () => {
    const policy = scripted(({ step }) =>
      step < 3 ? computes(3, [entry(0, 3, 'output')]) : reuses(3, 'output'),
    );
    const { report } = await generate(trackedRunner(), policy, { ...five, maxBytes: FEATURE });
    expect(report.mask).toStrictEqual({ conditional: '11100' });
    expect(report).toMatchObject({ warnings: [], bytes: { peak: FEATURE } });
  });

  test('forgets a history that it cannot continue: an older feature must not pass for the newest', async () => {
    const policy = scripted(
      ({ step }) => (step < 2 ? computes(3, [entry(0, 3, 'output')]) : reuses(3, 'output')),
      { history: 2 },
    );
    const { report } = await generate(trackedRunner(), policy, { ...five, maxBytes: FEATURE });
    // Step 1 did not fit beside step 0, so both are gone; what the refused step 2 kept fits alone.
    expect(report.mask).toStrictEqual({ conditional: '11100' });
    expect(report.warnings).toMatchObject([
      { code: 'over-budget', count: 1 },
      { code: 'reuse-refused', count: 1 },
    ]);
  });

  test('serves the entries that fit and refuses the others', async () => {
    const policy = scripted(({ step, site }) =>
      step === 0
        ? computes(3, [entry(0, 1, 'residual'), entry(1, 3, 'residual')])
        : reuses(site === 0 ? 1 : 3, 'residual'),
    );
    const { report } = await generate(trackedRunner(), policy, { ...five, maxBytes: FEATURE });
    expect(report.mask).toStrictEqual({ conditional: '1pppp' });
  });

  test('leaves an indicator without a reference, rather than with an old one', async () => {
    const policy = scripted(({ step }) =>
      computes(3, step === 1 ? [entry(0, 3, 'residual')] : [], step === 1 ? [] : [streamAt(3, 'seen')]),
    );
    const model = { width: () => 1, enter: (input: number) => input, value: () => 0 };
    const { report } = await generate(
      trackedRunner({ model }),
      policy,
      { ...five, maxBytes: 8 },
      ({ step }) => 2 ** step,
    );
    // The reference of step 0 fills the budget, so step 1 keeps nothing; step 2 compares with step 0, and so on.
    expect(numerators(policy.seen, 'stream 3 seen')).toStrictEqual(['no-reference', 3, 4, 8]);
    expect(codes(report.warnings)).toStrictEqual(['over-budget', 'never-reused']);
  });
});

test('an indicator may have the same name at every position', async () => {
  const policy = scripted(({ site }, { looked }) =>
    looked
      ? computes(site + 1)
      : looks({ name: 'change', tap: { of: 'modulated', at: site }, against: 'seen' }),
  );
  const { error } = await generate(trackedRunner(), policy, five);
  expect(error).toBe(undefined);
  // It has one reference, though: at each position the change is that from the position before.
  expect(policy.seen.filter(({ did }) => did === 'measured')).toHaveLength(15);
});
