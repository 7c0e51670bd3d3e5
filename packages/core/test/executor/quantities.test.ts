import { productsOf, type Decision, type FeatureOps, type Indicator, type Sums } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  computes,
  entry,
  generate,
  looks,
  numerators,
  scripted,
  timestepsOf,
  trackedRunner,
  type Tracked,
} from '../testing.ts';

const two = { timesteps: timestepsOf(2) };
const all: readonly Indicator[] = [
  { name: 'norms', tap: { of: 'stream', at: 1 }, against: 'seen', quantity: 'token-norms' },
  { name: 'size', tap: { of: 'stream', at: 1 }, against: 'seen', quantity: 'magnitude' },
  { name: 'motion', tap: { of: 'stream', at: 1 }, against: 'seen', quantity: { of: 'motion', lag: 1 } },
  { name: 'change', tap: { of: 'stream', at: 1 }, against: 'seen' },
];

/** A runner of one block whose stream is 3, 6, 9 at step 0 and 4, 8, 12 at step 1, with some operations replaced. */
function runnerWith(ops: Partial<FeatureOps<Tracked>> = {}) {
  const runner = trackedRunner({
    model: { blocks: 1, enter: (input: number, index: number) => input * (index + 1), value: () => 0 },
  });
  return { ...runner, ops: { ...runner.ops, ...ops } };
}

async function measured(indicators: readonly Indicator[], ops: Partial<FeatureOps<Tracked>> = {}) {
  const policy = scripted(() => computes(1, [], indicators), { operations: ['tokenNorms', 'motion'] });
  const { error } = await generate(runnerWith(ops), policy, two, ({ step }) => 3 + step);
  return { seen: policy.seen, error };
}

describe('indicators of several quantities in one decision', () => {
  const marks: Partial<FeatureOps<Tracked>> = {
    tokenNorms: (pairs) => pairs.map(() => ({ numerator: 70, denominator: 10, count: 1 })),
    motion: (_, lag) => ({ numerator: 800 + lag, denominator: 10, count: 1 }),
  };

  test('each gets what its own operation gives, in whatever order they come', async () => {
    const expected = {
      norms: ['no-reference', 70],
      // A magnitude and motion need nothing to compare with: 3 + 6 + 9, and 4 + 8 + 12.
      size: [18, 24],
      motion: [801, 801],
      change: ['no-reference', 6],
    };
    for (const order of [all, all.toReversed()]) {
      const { seen, error } = await measured(order, marks);
      expect(error).toBe(undefined);
      const found = Object.fromEntries(all.map(({ name }) => [name, numerators(seen, name)]));
      expect(found).toStrictEqual(expected);
    }
  });

  test('operations that nobody needs are not called', async () => {
    const called: string[] = [];
    const { ops } = runnerWith();
    const counted = (name: string, ...kinds: readonly Indicator[]) =>
      measured(kinds, {
        relativeL1: (pairs) => (called.push(`${name}: relativeL1`), ops.relativeL1(pairs)),
        tokenNorms: (pairs) => (called.push(`${name}: tokenNorms`), marks.tokenNorms?.(pairs) ?? []),
      });
    await counted('norms', all[0]!);
    await counted('change', all[3]!);
    expect(called).toStrictEqual(['norms: tokenNorms', 'change: relativeL1']);
  });

  test.each<[string, Partial<FeatureOps<Tracked>>]>([
    ['relativeL1', { relativeL1: () => [] }],
    ['tokenNorms', { tokenNorms: () => [] }],
  ])('too few sums of %s are refused', async (_, broken) => {
    const { error } = await measured(all, { ...marks, ...broken });
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toMatch(/expected \d sums?, got 0/);
  });
});

test('inner products are added up over ranks', async () => {
  const stack = entry(0, 1, 'residual');
  const decision: Decision = {
    do: 'compute',
    until: 1,
    keep: [stack],
    measure: [],
    products: [stack],
    why: { kind: 'schedule' },
  };
  const policy = scripted(() => decision, { history: 2, operations: ['products'] });
  const runner = runnerWith({ products: (_, history) => history.map((__, age) => 10 + age) });
  const reduceSums = async (own: readonly Sums[]): Promise<readonly Sums[]> =>
    own.map((sums) => ({ ...sums, numerator: 2 * sums.numerator }));
  await generate(runner, policy, { ...two, reduceSums });
  expect(policy.seen.map(({ measured: found }) => found[productsOf(stack)])).toStrictEqual([
    { kind: 'products', values: [20] },
    { kind: 'products', values: [20, 22] },
  ]);
});

describe('a look', () => {
  const watched: readonly Indicator[] = [
    { name: 'input', tap: { of: 'modulated', at: 0 }, against: 'seen', stride: 2 },
    { name: 'stream', tap: { of: 'stream', at: 0 }, against: 'seen', stride: 2 },
    { name: 'whole', tap: { of: 'modulated', at: 0 }, against: 'seen' },
  ];

  test.each([
    ['gives whole features', {}],
    ['is given sketches', { sketches: true }],
    ['is given sketches with the stream', { sketches: true, early: true }],
    ['is given whole features with the stream', { early: true }],
  ])('sees the same where the runner %s', async (_, options) => {
    const policy = scripted((__, { looked }) => (looked ? computes(3) : looks(...watched)));
    const { error } = await generate(trackedRunner(options), policy, two, ({ step }) => 5 + step);
    expect(error).toBe(undefined);
    // The stream is 5, 10, 15 and then 6, 12, 18; modulated inputs are twice that, and one more at step 1.
    const found = Object.fromEntries(watched.map(({ name }) => [name, numerators(policy.seen, name)]));
    expect(found).toStrictEqual({
      input: ['no-reference', 3 + 7],
      stream: ['no-reference', 1 + 3],
      whole: ['no-reference', 3 + 5 + 7],
    });
  });

  test('at what a runner does not give is refused by name', async () => {
    const runner = trackedRunner();
    const enter: typeof runner.enter = async (input, info) =>
      Object.assign(await runner.enter(input, info), { looked: [] });
    const policy = scripted((__, { looked }) => (looked ? computes(3) : looks(...watched)));
    const { error } = await generate({ ...runner, enter }, policy, two);
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
  });
});

test('a reference for which the byte budget has no room is reported, and compared with by nobody', async () => {
  const policy = scripted(() => computes(1, [], [all[3]!]));
  const { report } = await generate(runnerWith(), policy, { ...two, maxBytes: 8 });
  expect(numerators(policy.seen, 'change')).toStrictEqual(['no-reference', 'no-reference']);
  expect(report.warnings).toContainEqual(
    expect.objectContaining({ code: 'over-budget', message: expect.stringContaining('"change"') as string }),
  );
});
