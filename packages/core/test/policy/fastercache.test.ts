import {
  fastercache,
  SAMPLE,
  type DecisionRecord,
  type FasterCacheModelName,
  type FasterCacheOptions,
  type RunReport,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { generate, timestepsOf, type ToyModel, trackedRunner } from '../testing.ts';
import { branches, guided, maskAt } from './guided.ts';

/** Self-attention at 0, cross-attention at 1, an MLP at 2. The value of attention is a number for step and branch. */
const toy: Partial<ToyModel> = {
  blocks: 1,
  modules: ['self-attention', 'cross-attention', 'mlp'],
  enter: () => 0,
  value: (_, site, { step, branch }) => (site === 0 ? attentionOf(step, branch) : 0),
  gate: () => 1,
  exit: (x) => x,
};

function attentionOf(step: number, branch: string): number {
  return (step * step + 3 * step + 7) * (branch === 'conditional' ? 1 : 10);
}

/** What is done with attention in a step: `computed`, `not run`, or the outputs combined as `branch step·weight`. */
type Done = string;

/** What a report says of the attention of a branch at each step. */
function doneIn({ decisions, steps }: RunReport, branch: string): Done[] {
  return Array.from({ length: steps }, (_, step) => {
    const record = decisions.find((one) => one.step === step && one.branch === branch && one.site === 0);
    if (record === undefined) return 'not run';
    return record.did === 'reused' ? termsOf(record, branch) : 'computed';
  });
}

function termsOf({ weights = [], steps = [], borrowed = [] }: DecisionRecord, branch: string): string {
  const own = weights.map((weight, index) => ({ branch, step: steps[index] ?? -1, weight }));
  return printTerms([...own, ...borrowed]);
}

interface Term {
  readonly branch: string;
  readonly step: number;
  readonly weight: number;
}

function printTerms(terms: readonly Term[]): string {
  return terms
    .filter(({ weight }) => weight !== 0)
    .toSorted((a, b) => b.step - a.step)
    .map(({ branch, step, weight }) => `${branch[0]}${step}·${weight.toFixed(9)}`)
    .join(' + ');
}

/** The conditions of one script of the source, which counts steps from 1. */
interface Script {
  /** Only the conditional branch is run. */
  single(count: number): boolean;
  /** Attention is taken from the cache, if it is large enough. */
  reuses(count: number): boolean;
  weight(count: number): number;
  /** Whether a cache of one branch serves both. */
  readonly broadcasts: boolean;
}

/** The scripts of Vchitect/FasterCache, commit 02d05ef. */
const scripts: Readonly<Record<FasterCacheModelName, Script>> = {
  'open-sora-1.2': {
    single: (count) => count > 11 && count % 5 !== 0,
    reuses: (count) => count > 7 && count % 2 === 0,
    weight: (count) => ((count - 7) / 20) * 0.9,
    broadcasts: true,
  },
  latte: {
    single: (count) => count >= 18 && count % 5 !== 0,
    reuses: (count) => count >= 16 && count % 2 === 0,
    weight: () => 0.5,
    broadcasts: false,
  },
  cogvideox: {
    single: (count) => count >= 18 && count % 5 !== 0,
    reuses: (count) => count >= 18 && count % 3 !== 0,
    weight: () => 0.3,
    broadcasts: false,
  },
  'open-sora-plan': {
    single: (count) => count >= 40 && count % 6 !== 0,
    reuses: (count) => count >= 45 && count % 3 !== 0,
    weight: () => 0.3,
    broadcasts: false,
  },
  vchitect: {
    single: (count) => count > 30 && count % 5 !== 0,
    reuses: (count) => count > 30 && count % 2 === 0,
    weight: () => 0,
    broadcasts: false,
  },
};

/** Runs a script by symbols: which outputs each branch combines at each step. */
function runScript(script: Script, steps: number): Readonly<Record<string, Done[]>> {
  const done: Record<string, Done[]> = { conditional: [], unconditional: [] };
  let cache: { readonly step: number; readonly both: boolean }[] = [];
  for (let step = 0; step < steps; step++) {
    const count = step + 1;
    const both = !script.single(count);
    const [newest, older] = cache;
    const fits = newest !== undefined && (script.broadcasts || newest.both || !both);
    if (!script.reuses(count) || !fits || older === undefined) {
      for (const branch of branches)
        done[branch]?.push(both || branch === 'conditional' ? 'computed' : 'not run');
      cache = [{ step, both }, newest ?? { step, both }];
      continue;
    }
    const weight = script.weight(count);
    for (const branch of branches) {
      const term = (entry: { step: number; both: boolean }, share: number): Term => ({
        branch: entry.both ? branch : 'conditional',
        step: entry.step,
        weight: share,
      });
      const terms = printTerms([term(newest, 1 + weight), term(older, -weight)]);
      done[branch]?.push(both || branch === 'conditional' ? terms : 'not run');
    }
  }
  return done;
}

describe('with the constants of a model', () => {
  const stepsOf = { 'open-sora-1.2': 30, latte: 50, cogvideox: 50, 'open-sora-plan': 150, vchitect: 100 };

  test.each(Object.keys(scripts) as FasterCacheModelName[])(
    '%s, attention is what its script makes it',
    async (model) => {
      const { report } = await guided(fastercache({ model }), stepsOf[model], toy);
      const expected = runScript(scripts[model], stepsOf[model]);
      for (const branch of branches) expect(doneIn(report, branch)).toStrictEqual(expected[branch]);
      expect(report.decisions.filter(({ refused }) => refused)).toStrictEqual([]);
      expect(report.warnings).toStrictEqual([]);
    },
  );

  test('cross-attention and MLPs are always computed', async () => {
    const { report } = await guided(fastercache({ model: 'latte' }), 50, toy);
    for (const site of [1, 2]) expect(maskAt(report, site)).toBe('1'.repeat(50));
  });

  test('both parts work where the sample has another shape than the stream', async () => {
    const policy = fastercache({ model: 'open-sora-1.2' });
    const [alike, unlike] = [
      await guided(policy, 30, toy),
      await guided(policy, 30, toy, branches, [1, 2, 3]),
    ];
    expect(unlike.report.decisions).toStrictEqual(alike.report.decisions);
    expect(unlike.outputs).toStrictEqual(alike.outputs);
  });

  test('guidance is that of the CFG cache', async () => {
    const { report } = await guided(fastercache({ model: 'open-sora-1.2' }), 30, toy);
    expect(maskAt(report, SAMPLE, 'unconditional')).toBe('111111111110001000010000100001');
  });
});

describe('as diffusers has it', () => {
  /** The hook of huggingface/diffusers, commit 58eb52c0: outputs as combinations of computed ones. */
  function hook(timesteps: readonly number[], single: (step: number) => boolean): Done[] {
    let cache: ReadonlyMap<number, number>[] = [];
    return timesteps.map((timestep, step) => {
      const [newest, older] = cache;
      const inside = timestep > -1 && timestep < 681;
      const skips = inside && !(step > 0 && step % 2 === 0) && newest !== undefined && single(step);
      const output = new Map<number, number>();
      if (skips && older) {
        for (const [from, weight] of newest) output.set(from, (output.get(from) ?? 0) + 1.5 * weight);
        for (const [from, weight] of older) output.set(from, (output.get(from) ?? 0) - 0.5 * weight);
      } else output.set(step, 1);
      cache = [output, newest ?? output];
      if (!skips) return 'computed';
      return printTerms([...output].map(([from, weight]) => ({ branch: 'conditional', step: from, weight })));
    });
  }

  test('approximations build on approximations', async () => {
    const { report } = await guided(fastercache({ variant: 'diffusers' }), 50, toy);
    const timesteps = timestepsOf(50);
    const derived = (step: number): boolean => step > 0 && (timesteps[step] ?? 0) < 641 && step % 5 !== 0;
    expect(doneIn(report, 'conditional')).toStrictEqual(hook(timesteps, derived));
    expect(doneIn(report, 'unconditional')).toStrictEqual(
      timesteps.map((_, step) => (derived(step) ? 'not run' : 'computed')),
    );
    expect(report.decisions.filter(({ refused }) => refused)).toStrictEqual([]);
  });

  test('without guidance what lies more than five outputs back counts as the fifth', async () => {
    const runner = trackedRunner({ model: { ...toy, width: () => 1 } });
    const policy = fastercache({ variant: 'diffusers', guidance: 'off' });
    const timesteps = timestepsOf(50);
    const { report } = await generate(runner, policy, { timesteps });
    const expected = hook(timesteps, () => true);
    const done = doneIn(report, 'conditional');
    expect(done.map((what) => what === 'computed')).toStrictEqual(
      expected.map((what) => what === 'computed'),
    );
    // From step 17 on: the fifth approximation is the first that would combine six outputs.
    expect(done.slice(0, 24)).toStrictEqual(expected.slice(0, 24));
    for (const { did, site, weights = [] } of report.decisions)
      if (did === 'reused' && site === 0) {
        expect(weights.length).toBeLessThanOrEqual(5);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }
  });
});

describe('FasterCache', () => {
  const off = { start: 3, interval: 2, weight: 0.5, guidance: 'off' } as const;

  test('extrapolates from the two newest computed outputs, with the gate of the step', async () => {
    const model: Partial<ToyModel> = {
      ...toy,
      width: () => 1,
      gate: (site, { step }) => (site === 0 ? step : 0),
    };
    const { outputs } = await generate(trackedRunner({ model }), fastercache(off), {
      timesteps: timestepsOf(6),
    });
    const value = (step: number): number => attentionOf(step, 'conditional');
    expect(outputs.map(([output]) => output)).toStrictEqual([
      0,
      value(1),
      2 * value(2),
      3 * (1.5 * value(2) - 0.5 * value(1)),
      4 * value(4),
      5 * (1.5 * value(4) - 0.5 * value(2)),
    ]);
  });

  test('takes the only output there is as it is', async () => {
    const runner = trackedRunner({ model: toy });
    const { report } = await generate(runner, fastercache({ ...off, start: 1 }), {
      timesteps: timestepsOf(4),
    });
    expect(doneIn(report, 'conditional')).toStrictEqual([
      'computed',
      'c0·1.000000000',
      'computed',
      'c2·1.500000000 + c0·-0.500000000',
    ]);
  });

  test('goes on from what it has when the sampler leaves steps out', async () => {
    const runner = trackedRunner({ model: toy });
    const places = [0, 1, 2, 3, 5, 6, 7].map((step) => ({ step, call: 0, branch: 'conditional' }));
    const options = { timesteps: timestepsOf(8) };
    const { report } = await generate(runner, fastercache({ ...off, start: 3 }), options, undefined, places);
    expect(doneIn(report, 'conditional')).toStrictEqual([
      'computed',
      'computed',
      'computed',
      'c2·1.500000000 + c1·-0.500000000',
      'not run',
      'c2·1.500000000 + c1·-0.500000000',
      'computed',
      'c6·1.500000000 + c2·-0.500000000',
    ]);
  });

  test('finds its way back after an output that could not be cached', async () => {
    const model: Partial<ToyModel> = {
      ...toy,
      value: (_, site, { step }) => (site === 0 && step === 4 ? Number.NaN : 1),
    };
    const { report } = await generate(trackedRunner({ model }), fastercache(off), {
      timesteps: timestepsOf(12),
    });
    const refused = report.decisions.filter((record) => record.refused).map(({ step }) => step);
    // Step 5 finds nothing; from step 7 on there are outputs again.
    expect(refused).toStrictEqual([5]);
    expect(report.mask['conditional']?.slice(7)).toBe('p1p1p');
  });

  test('keeps no output that nothing combines', async () => {
    const { report } = await generate(trackedRunner({ model: toy }), fastercache(off), {
      timesteps: timestepsOf(9),
    });
    const kept = report.decisions.filter(({ keep = [] }) => keep.length > 0).map(({ step }) => step);
    // Attention is computed at 0, 1, 2, 4, 6 and 8; the first that is extrapolated is step 3.
    expect(kept).toStrictEqual([1, 2, 4, 6]);
  });

  test('lets the weight grow', async () => {
    const policy = fastercache({ ...off, start: 1, weight: 0.8, ramp: 4 });
    const { report } = await generate(trackedRunner({ model: toy }), policy, { timesteps: timestepsOf(6) });
    const older = report.decisions.flatMap(({ weights = [] }) => weights.slice(1));
    expect(older.map((weight) => -weight)).toStrictEqual([(3 / 4) * 0.8, (5 / 4) * 0.8]);
  });

  test.each<[Partial<FasterCacheOptions>, string]>([
    [{ offset: 2 }, 'offset: expected a remainder below the interval 2, got 2'],
    [{ variant: 'diffusers', stale: 'borrow' }, 'stale: variant=diffusers'],
    [{ weight: -1 }, 'weight'],
  ])('refuses %o', (options, message) => {
    expect(() => fastercache(options)).toThrow(message);
  });

  test('asks for what its parts need', () => {
    expect(fastercache({ model: 'vchitect', guidance: 'off' }).needs).toMatchObject({ history: 1 });
    expect(fastercache({ guidance: 'off' }).needs.model).toBe(undefined);
    expect(fastercache().needs).toMatchObject({
      history: 2,
      model: true,
      branches: 'two',
      operations: ['lowPass'],
    });
    expect(fastercache({ variant: 'diffusers' }).needs.history).toBe(5);
  });
});
