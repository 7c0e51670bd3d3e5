import {
  cfgcache,
  float32TensorOps,
  SAMPLE,
  streamOf,
  type CfgCacheOptions,
  type Decision,
  type RunShape,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { timestepsOf, type ToyModel } from '../testing.ts';
import { branches, guided, maskAt } from './guided.ts';

/** The filter of the toy keeps this share of a feature. */
const KEPT = 0.2;

/** Output of the conditional branch: the input, plus a number for the step; the other one has twice that number. */
const toy: Partial<ToyModel> = {
  blocks: 1,
  modules: [],
  enter: (input) => input,
  value: (_, __, { step, branch }) => (branch === 'conditional' ? 1 : 2) * (step * step + 1),
  gate: () => 1,
  exit: (x) => x,
};

/** The outputs of the toy when everything is computed. */
function plain(step: number): { conditional: number; unconditional: number } {
  const input = 100 * (step + 1);
  return { conditional: input + step * step + 1, unconditional: input + 2 * (step * step + 1) };
}

function shapeOf(timesteps: readonly number[]): RunShape {
  const block = { level: 'block', name: 'b', family: 'toy', from: 0, until: 1, modulated: false } as const;
  const common = { branches, call: 0, callsPerStep: 1, stream: streamOf([block]) };
  return { steps: timesteps.length, timesteps, branch: 'unconditional', ...common };
}

/** What one script of the source does at each step: 1 both branches, or the growth of low and high frequencies. */
function source(steps: number, rule: (count: number) => 1 | { low?: number; high?: number }): (string | 1)[] {
  let [low, high] = [1, 1];
  return Array.from({ length: steps }, (_, step) => {
    const what = rule(step + 1);
    if (what === 1) [low, high] = [1, 1];
    else [low, high] = [low * (what.low ?? 1), high * (what.high ?? 1)];
    return what === 1 ? 1 : `${low.toFixed(9)} ${high.toFixed(9)}`;
  });
}

/** The same of the policy, asked alone. */
function ours(options: Partial<CfgCacheOptions>, timesteps: readonly number[]): (string | 1)[] {
  const policy = cfgcache(options);
  const run = shapeOf(timesteps);
  let state = policy.init(run);
  return timesteps.map((timestep, step) => {
    const at = { step, call: 0, branch: 'unconditional' };
    const decision = policy.next(state, { ...at, timestep, site: SAMPLE });
    const did = decision.do === 'reuse' ? 'reused' : 'computed';
    state = policy.observe(state, { ...at, site: SAMPLE, until: 2, did, measured: {} });
    return growthOf(decision);
  });
}

function growthOf(decision: Decision): string | 1 {
  if (decision.do !== 'reuse') return 1;
  const [high = Number.NaN] = decision.weights;
  const filtered = decision.borrowed?.find(({ branch, lowPass }) => lowPass && branch === 'unconditional');
  return `${(high + (filtered?.weight ?? 0)).toFixed(9)} ${high.toFixed(9)}`;
}

describe('the schedule', () => {
  // The conditions of the scripts of Vchitect/FasterCache, commit 02d05ef, which count steps from 1.
  test.each([
    [
      'open-sora-1.2',
      30,
      (count: number) =>
        count > 11 && count % 5 !== 0
          ? { ...(count >= 20 && { high: 1.15 }), ...(count <= 25 && { low: 1.15 }) }
          : (1 as const),
    ],
    [
      'latte',
      50,
      (count: number) => {
        if (count < 18 || count % 5 === 0) return 1 as const;
        if (count < 45) return { low: 1.1 };
        return count > 35 ? { high: 1.1 } : {};
      },
    ],
    [
      'cogvideox',
      50,
      (count: number) =>
        count >= 18 && count % 5 !== 0
          ? { ...(count <= 40 && { low: 1.1 }), ...(count >= 30 && { high: 1.1 }) }
          : (1 as const),
    ],
    [
      'open-sora-plan',
      150,
      (count: number) => {
        if (count < 40 || count % 6 === 0) return 1 as const;
        if (count <= 130) return { low: 1.1 };
        return count >= 100 ? { high: 1.2 } : {};
      },
    ],
    [
      'vchitect',
      100,
      (count: number) =>
        count > 30 && count % 5 !== 0
          ? { ...(count < 80 && { low: 1.1 }), ...(count > 60 && { high: 1.1 }) }
          : (1 as const),
    ],
  ] as const)('of %s is the script’s', (model, steps, rule) => {
    expect(ours({ model }, timestepsOf(steps))).toStrictEqual(source(steps, rule));
  });

  test('of diffusers goes by timesteps, and by steps counted from 0', () => {
    const timesteps = timestepsOf(50);
    const inside = (count: number, low: number, high: number): boolean => {
      const timestep = timesteps[count - 1] ?? Number.NaN;
      return low < timestep && timestep < high;
    };
    const expected = source(50, (count) => {
      const derived = count > 1 && inside(count, -1, 641) && (count - 1) % 5 !== 0;
      if (!derived) return 1;
      return { ...(inside(count, 99, 901) && { low: 1.1 }), ...(inside(count, -1, 301) && { high: 1.1 }) };
    });
    expect(ours({ variant: 'diffusers' }, timesteps)).toStrictEqual(expected);
  });

  test('in general is one of shares', () => {
    const derived = (steps: number): string =>
      ours({}, timestepsOf(steps))
        .map((what) => (what === 1 ? '1' : '0'))
        .join('');
    expect(derived(20)).toBe('11111100010000100001');
    expect(derived(10)).toBe('1110100001');
    expect(derived(3)).toBe('100');
  });
});

describe('the CFG cache', () => {
  const options = { start: 2, interval: 4, lowWeight: 2, lowUntil: 5, highWeight: 3, highFrom: 4 } as const;

  test('adds the growing difference of the last full step to the conditional output', async () => {
    const { outputs, report } = await guided(cfgcache(options), 8, toy);
    expect(report.mask).toStrictEqual({ conditional: '11111111', unconditional: '11010001' });
    const deltaAt = (step: number): number => plain(step).unconditional - plain(step).conditional;
    const growth = [[], [], [2, 1, 1], [], [2, 3, 3], [2, 9, 3], [2, 27, 3]];
    for (const [step, { conditional, unconditional }] of outputs.entries()) {
      expect(conditional).toBe(plain(step).conditional);
      const [low, high, full] = growth[step] ?? [];
      if (low === undefined || high === undefined || full === undefined)
        expect(unconditional).toBe(plain(step).unconditional);
      else {
        const delta = deltaAt(full);
        const expected = conditional + low * KEPT * delta + high * (1 - KEPT) * delta;
        expect(unconditional).toBeCloseTo(expected, 9);
      }
    }
  });

  test('needs no filter when nothing grows', async () => {
    const policy = cfgcache({ start: 1, interval: 3, lowWeight: 1, highWeight: 1 });
    expect(policy.needs.operations).toBe(undefined);
    expect(cfgcache({ highWeight: 1 }).needs.operations).toStrictEqual(['lowPass']);
    const { outputs } = await guided(policy, 3, toy);
    expect(outputs[1]).toStrictEqual({ conditional: 202, unconditional: 203 });
  });

  test('works where the sample has another shape than the stream', async () => {
    const [alike, unlike] = [
      await guided(cfgcache(options), 8, toy),
      await guided(cfgcache(options), 8, toy, branches, [1, 2, 3]),
    ];
    expect(unlike.outputs).toStrictEqual(alike.outputs);
    expect(unlike.report.decisions).toStrictEqual(alike.report.decisions);
  });

  test('keeps only what a later step needs', async () => {
    const { report } = await guided(cfgcache(options), 8, toy);
    const kept = (branch: string): string =>
      report.decisions
        .filter((record) => record.branch === branch)
        .map(({ keep = [] }) => keep.map(({ slot = 'own' }) => slot[0]).join('') || '.')
        .join('');
    // Full steps before a derived one, then the output of the same step.
    expect(kept('conditional')).toBe('.fnfnnn.');
    expect(kept('unconditional')).toBe('.o.o....');
  });

  test('computes, and says so, when the unconditional branch comes first', async () => {
    const { report } = await guided(cfgcache(options), 8, toy, ['unconditional', 'conditional']);
    expect(maskAt(report, SAMPLE, 'unconditional')).toBe('11111111');
    expect(report.warnings.map(({ code }) => code)).toContain('reuse-refused');
  });

  test('derives nothing from a full step that was left out', async () => {
    const policy = cfgcache({ ...options, interval: 3 });
    let state = policy.init(shapeOf(timestepsOf(12)));
    const did: string[] = [];
    for (const step of [0, 1, 3, 4, 6, 7, 8, 9]) {
      const at = { step, call: 0, branch: 'unconditional' };
      const decision = policy.next(state, { ...at, timestep: 0, site: SAMPLE });
      did.push(`${step} ${decision.do}`);
      const what = decision.do === 'reuse' ? 'reused' : 'computed';
      state = policy.observe(state, { ...at, site: SAMPLE, until: 2, did: what, measured: {} });
    }
    // Step 2 would have been full; step 1 is, and is two steps old at step 3. Step 5 was left out too.
    expect(did).toStrictEqual([
      '0 compute',
      '1 compute',
      '3 reuse',
      '4 compute',
      '6 compute',
      '7 compute',
      '8 compute',
      '9 reuse',
    ]);
  });

  test('waits for the next full step after a refusal', () => {
    const policy = cfgcache(options);
    const at = { call: 0, branch: 'unconditional', site: SAMPLE };
    let state = policy.init(shapeOf(timestepsOf(8)));
    state = policy.observe(state, { ...at, step: 3, until: 2, did: 'computed', measured: {} });
    const refused = 'nothing-cached' as const;
    state = policy.observe(state, { ...at, step: 4, until: 2, did: 'computed', measured: {}, refused });
    expect(policy.next(state, { ...at, step: 5, timestep: 0 })).toMatchObject({ do: 'compute', keep: [] });
    expect(policy.next(state, { ...at, step: 7, timestep: 0 })).toMatchObject({ do: 'compute' });
  });

  test('refuses a run of one branch, and options that its variant does not have', () => {
    const alone = { ...shapeOf(timestepsOf(20)), branches: ['conditional'], branch: 'conditional' };
    expect(cfgcache().fit?.(alone)).toMatchObject([{ severity: 'error', code: 'nothing-to-reuse' }]);
    expect(() => cfgcache({ variant: 'diffusers', start: 3, model: 'latte' })).toThrow(
      /model: variant=diffusers .*; start: variant=diffusers/,
    );
  });

  test('warns when windows are for another run', () => {
    const codes = (given: Partial<CfgCacheOptions>, run: RunShape): string[] =>
      (cfgcache(given).fit?.(run) ?? []).map(({ code }) => code);
    expect(codes({ model: 'latte' }, shapeOf(timestepsOf(50)))).toStrictEqual([]);
    expect(codes({ model: 'latte' }, shapeOf(timestepsOf(30)))).toStrictEqual(['other-steps']);
    expect(codes({ model: 'latte' }, { ...shapeOf(timestepsOf(50)), architecture: 'flux' })).toStrictEqual([
      'other-model',
    ]);
    const sigmas = timestepsOf(20).map((timestep) => timestep / 1000);
    expect(codes({ variant: 'diffusers' }, shapeOf(sigmas))).toStrictEqual(['other-sampler']);
  });
});

test('splits a difference into frequencies as the source does', () => {
  // A plane of 10 × 10, whose radius is 2: a wave of frequency 2 is low, one of frequency 3 is high.
  const dims = [1, 10, 10];
  const wave = (frequency: number): Float32Array =>
    Float32Array.from({ length: 100 }, (_, index) => Math.cos((2 * Math.PI * frequency * (index % 10)) / 10));
  for (const [frequency, kept] of [
    [2, 1],
    [3, 0],
  ] as const) {
    const filtered = float32TensorOps.lowPass?.({ data: wave(frequency), dims }, KEPT) as {
      readonly data: Float32Array;
    };
    for (const [index, value] of wave(frequency).entries())
      expect(filtered.data[index]).toBeCloseTo(kept * value, 5);
  }
});
