import {
  easycache,
  outputOf,
  SAMPLE,
  type EasyCacheOptions,
  type EasyCacheState,
  type Tap,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { recordedCases, type RecordedCase } from './recorded-cases.ts';
import { replay, shapeOf, type Place, type Replay } from './replay.ts';

type Case = RecordedCase<
  { readonly x: readonly number[]; readonly y: readonly number[] },
  { readonly num_steps: number; readonly ret_steps: number; readonly thresh: number }
> & { readonly k?: readonly (number | null)[] };

const two = ['conditional', 'unconditional'];

/** The sample x and the output y of each pass, two plain blocks between them. */
function signals(
  { x, y }: Case['inputs'],
  branches: readonly string[] = ['conditional'],
): (tap: Tap, at: Place) => number {
  return (tap, { step, branch }) => {
    const index = step * branches.length + branches.indexOf(branch);
    const series = tap.of === 'stream' && tap.at === SAMPLE ? x : y;
    return series[index] ?? Number.NaN;
  };
}

function statesOf({ states }: Replay): readonly EasyCacheState[] {
  return states as readonly EasyCacheState[];
}

describe('decides as EasyCache4HunyuanVideo', () => {
  for (const { name, inputs, config, compute, k = [] } of recordedCases<Case>(
    'reference-repos.json',
    'easycache_hunyuan',
  ))
    test(name, () => {
      const { num_steps: steps, ret_steps: warmUp, thresh: threshold } = config;
      const replayed = replay(easycache({ threshold, warmUp }), { steps, value: signals(inputs) });
      expect(replayed.mask).toBe(compute);
      // The last step is not measured: nothing could use its k.
      expect(
        statesOf(replayed)
          .map(({ rate }) => rate)
          .slice(0, -1),
      ).toStrictEqual(k.slice(0, -1));
    });
});

describe('decides as EasyCache4Wan2.1: the first branch for both', () => {
  for (const { name, inputs, config, compute } of recordedCases<Case>(
    'reference-repos.json',
    'easycache_wan',
  ))
    test(name, () => {
      const steps = config.num_steps / 2;
      const options = { steps, branches: two, value: signals(inputs, two) };
      const policy = easycache({ threshold: config.thresh, variant: 'wan' });
      expect(policy.limits(shapeOf({ steps })).warmUp).toBe(config.ret_steps / 2);
      const { mask, decisions } = replay(policy, options);
      expect(mask).toBe(compute);
      const others = decisions.filter(({ branch }) => branch === 'unconditional');
      expect(new Set(others.map(({ decision }) => decision.why.kind))).toStrictEqual(new Set(['follows']));
    });
});

/** x grows by 1 and y by ½ a step: k is ½, and the predicted change is ½ / y. */
const steady: Case['inputs'] = {
  x: Array.from({ length: 12 }, (_, step) => 16 + step),
  y: Array.from({ length: 12 }, (_, step) => 8 + step / 2),
};

function run(options: Partial<EasyCacheOptions>, inputs = steady, steps = 8): Replay {
  return replay(easycache(options), { steps, value: signals(inputs) });
}

test('adds up what the last two computed steps predict, and starts anew', () => {
  // After the warm-up y is 8½: each step adds 1/17.
  expect(run({ warmUp: 2, threshold: 1 / 16 }).mask).toBe('11010101');
  expect(run({ warmUp: 2, threshold: 2 / 16 }).mask).toBe('11001001');
  expect(run({ warmUp: 2, threshold: 9 }).mask).toBe('11000001');
  expect(run({ warmUp: 2, threshold: 0 }).mask).toBe('11111111');
});

test('computes while there is no rate: it takes two computed steps', () => {
  expect(run({ warmUp: 1, threshold: 9 }).mask).toBe('11000001');
});

test('a sample of zeros is as good as any: the change is divided by the output', () => {
  const inputs = { x: [3, 2, 0, 1, 2, 3, 4, 5], y: [8, 8.5, 9, 9, 9, 9, 9, 9] };
  // k is 0.25: 1/36 a step.
  expect(run({ threshold: 0.1, warmUp: 3 }, inputs).mask).toBe('11100011');
});

test('skips the model as a whole, and keeps what is added to the sample', () => {
  const { decisions } = run({ warmUp: 2, threshold: 9 }, steady, 4);
  const end = outputOf(2);
  expect(decisions.map(({ decision }) => decision)).toMatchObject([
    { do: 'compute', until: end, keep: [] },
    { do: 'compute', until: end, keep: [{ from: SAMPLE, until: end, form: 'residual' }] },
    { do: 'reuse', until: end, form: 'residual', weights: [1] },
    { do: 'compute', until: end, keep: [], measure: [], why: { kind: 'tail', from: 3 } },
  ]);
});

describe('computes where a number is unusable', () => {
  test.each<[string, Case['inputs'], string]>([
    ['a sample that stood still, so that k has no bound', { ...steady, x: steady.x.map(() => 1) }, '1111111'],
    ['an output of zeros', { ...steady, y: steady.y.map(() => 0) }, '1111111'],
    ['a sample that is not finite', { ...steady, x: steady.x.with(3, NaN) }, '1101110'],
    ['an output that is not finite', { ...steady, y: steady.y.with(1, Infinity) }, '1111000'],
  ])('%s', (_, inputs, mask) => {
    expect(run({ warmUp: 2, threshold: 9 }, inputs).mask.slice(0, 7)).toBe(mask);
  });
});

describe('where passes are left out', () => {
  const value = signals({ x: steady.x.flatMap((x) => [x, x]), y: steady.y.flatMap((y) => [y, y]) }, two);
  const policy = easycache({ variant: 'wan', warmUp: 2, threshold: 9 });

  test('the other branch computes when the first did not say', () => {
    const skips = ({ step, branch }: Place): boolean => step === 4 && branch === 'conditional';
    const { masks } = replay(policy, { steps: 7, branches: two, value, skips });
    expect(masks).toStrictEqual({ conditional: '110001', unconditional: '1100101' });
  });

  test('branches in another order compute rather than follow an old decision', () => {
    const state = policy.init(shapeOf({ steps: 7, branches: two }));
    const at = { step: 3, branch: 'unconditional', call: 0, site: SAMPLE, timestep: 1 };
    const reused = { ...state, verdict: { step: 2, reuse: true, why: { kind: 'look' } } } as const;
    expect(policy.next(reused, at).do).toBe('compute');
    expect(policy.next({ ...reused, verdict: { ...reused.verdict, step: 3 } }, at).do).toBe('reuse');
  });
});

test('after a refused reuse of the first branch the others compute, and the sum starts anew', () => {
  const policy = easycache({ variant: 'wan', threshold: 9 });
  const state: EasyCacheState = {
    ...policy.init(shapeOf({ steps: 20, branches: two })),
    accumulated: 0.5,
    verdict: { step: 12, reuse: true, why: { kind: 'look' } },
  };
  const at = { step: 12, call: 0, branch: 'conditional', site: SAMPLE };
  const seen = {
    ...at,
    until: outputOf(2),
    did: 'computed',
    refused: 'nothing-cached',
    measured: {},
  } as const;
  const after = policy.observe(state, seen);
  expect(after).toMatchObject({ accumulated: 0, verdict: null });
  expect(policy.next(after, { ...at, branch: 'unconditional', timestep: 1 }).do).toBe('compute');
});
