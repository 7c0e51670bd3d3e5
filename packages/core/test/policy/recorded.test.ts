import {
  listPolicies,
  parsePolicy,
  recorded,
  refrain,
  traceOf,
  type Decision,
  type Entry,
  type RunOptions,
  type StepPlace,
} from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../seed.ts';
import {
  computes,
  entry,
  generate,
  inputOf,
  optionsOf,
  placesOf,
  randomCases,
  randomPolicy,
  registered,
  registeredRuns,
  reuses,
  runnerOf,
  scripted,
  signalCases,
  slowly,
  timestepsOf,
  trackedRunner,
  wildSignals,
  type Generation,
  type Scripted,
  type TrackedRunner,
} from '../testing.ts';

const policyNames = listPolicies().map(({ policyName }) => policyName);
/** Each is tried on every policy, so that each gets a share of the runs. */
const lawFuzz = { ...fuzz, numRuns: Math.max(25, Math.ceil(fuzz.numRuns / 2)) };

type Places = readonly Required<StepPlace>[];

async function replays(
  runner: () => TrackedRunner,
  original: Generation,
  options: RunOptions,
  input: Parameters<typeof generate>[3],
  places: Places,
): Promise<void> {
  const policy = recorded({ trace: traceOf(original.report) });
  for (const again of [policy, parsePolicy(policy.id)]) {
    const replay = await generate(runner(), again, options, input, places);
    expect(replay.error).toBe(undefined);
    expect(replay.outputs).toStrictEqual(original.outputs);
    expect(replay.report.mask).toStrictEqual(original.report.mask);
    expect(traceOf(replay.report)).toBe(traceOf(original.report));
  }
}

describe('a trace replays to the same decisions and the same output', () => {
  test.each(policyNames)('of %s, also when steps were left out', async (name) => {
    const signals = signalCases(registered(name), wildSignals, registeredRuns(name));
    const cases = signals.chain((given) => {
      const all = placesOf(optionsOf(given.run));
      return fc.tuple(fc.constant(given), fc.oneof(fc.constant(all), fc.subarray(all)));
    });
    await fc.assert(
      fc.asyncProperty(cases, async ([{ run, policy, signal }, places]) => {
        const [options, input] = [optionsOf(run), inputOf(signal)];
        const original = await generate(runnerOf(run), policy, options, input, places);
        await replays(() => runnerOf(run), original, options, input, places);
      }),
      lawFuzz,
    );
  });

  test('of random decisions that keep what they like', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, async (given) => {
        const { blocks, modules, steps, branches } = given;
        const runner = (): TrackedRunner => trackedRunner({ model: { blocks, modules } });
        const options = { timesteps: timestepsOf(steps), branches };
        const original = await generate(runner(), randomPolicy(given), options);
        await replays(runner, original, options, slowly, placesOf(options));
      }),
      { ...fuzz, numRuns: 3 * fuzz.numRuns },
    );
  });

  test('of a run that was stopped: its finished steps, and the rest is computed', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, fc.nat(40), async (given, fuse) => {
        const { blocks, modules, steps, branches } = given;
        let calls = 0;
        const before = (call: string): void => {
          if (call !== 'shape' && calls++ === fuse) throw new Error('boom');
        };
        const options = { timesteps: timestepsOf(steps), branches };
        const model = { blocks, modules };
        const stopped = await generate(trackedRunner({ model, before }), randomPolicy(given), options);
        const trace = traceOf(stopped.report);
        const replay = await generate(trackedRunner({ model }), recorded({ trace }), options);
        expect(replay.error).toBe(undefined);
        expect(replay.outputs.slice(0, stopped.outputs.length)).toStrictEqual(stopped.outputs);
      }),
      fuzz,
    );
  });
});

describe('what stands in a trace', () => {
  test('is short where the run kept what it reused', async () => {
    const policy = scripted(({ step }) =>
      step % 2 === 0 ? computes(3, [entry(0, 3, 'residual')]) : reuses(3, 'residual'),
    );
    const { report } = await generate(trackedRunner(), policy, { timesteps: timestepsOf(5) });
    expect(traceOf(report)).toBe('conditional:c3/r3/c3/r3/c3');
  });

  test('names what was kept where it was not', async () => {
    const policy = scripted(({ step }) =>
      step < 2 ? computes(3, step === 0 ? [entry(0, 3, 'output')] : []) : reuses(3, 'output'),
    );
    const { report } = await generate(trackedRunner(), policy, { timesteps: timestepsOf(4) });
    expect(traceOf(report)).toBe('conditional:c3/c3!/o3/o3');
  });

  test('has a dash for a step that was not run, and for one that did not come to its end', async () => {
    const policy = scripted(({ site }) => computes(site + 1));
    const before = (call: string, at: { step: number } | undefined): void => {
      if (call === 'exit' && at?.step === 2) throw new Error('boom');
    };
    const run = refrain(trackedRunner({ before }), policy).start({ timesteps: timestepsOf(4) });
    expect(traceOf(run.report())).toBe('conditional:-/-/-/-');
    await run.step(1, { step: 1 });
    expect(traceOf(run.report())).toBe('conditional:-/c3/-/-');
  });

  test('has a plus where entries end behind the span that they start in', async () => {
    const across = entry(0, 3, 'output');
    const policyOf = (keep: readonly Entry[]): Scripted =>
      scripted(({ step, site }) => {
        if (step === 0) return computes(3, [entry(1, 2, 'output'), across]);
        if (step === 2) return reuses(3, 'output');
        return site === 1 ? reuses(2, 'output') : computes(site + 1, site === 0 ? keep : []);
      });
    for (const [keep, expected] of [
      [[across], 'conditional:c3/c1+o1c1/o3'],
      [[], 'conditional:c3/c1o1c1/o3'],
    ] as const) {
      const options = { timesteps: timestepsOf(3) };
      const original = await generate(trackedRunner(), policyOf(keep), options);
      expect(traceOf(original.report)).toBe(expected);
      await replays(trackedRunner, original, options, slowly, placesOf(options));
    }
  });

  test('begins with @ where it is about the whole model', async () => {
    const policy = scripted(
      ({ step, site }) => {
        if (step === 2) return reuses(4, 'output');
        if (site < 0) return computes(step === 0 ? 4 : 0, step === 0 ? [entry(-1, 4, 'output')] : []);
        return computes(site + 1);
      },
      { model: true },
    );
    const options = { timesteps: timestepsOf(3) };
    const original = await generate(trackedRunner(), policy, options);
    expect(traceOf(original.report)).toBe('conditional:@c5/@c4c1/@o5');
    await replays(trackedRunner, original, options, slowly, placesOf(options));
  });

  test('names branches and histories in brackets', async () => {
    const lender = 'with & without [%] / -1';
    const borrowed = [
      { weight: 1, branch: lender, step: 1 },
      { weight: -0.5, branch: lender, step: 0, slot: '(low, all)', lowPass: 0.2 },
    ];
    const policy = scripted(
      ({ step, branch }): Decision =>
        branch === lender || step === 0
          ? computes(3, [entry(0, 3, 'output'), { ...entry(0, 3, 'output'), slot: '(low, all)' }])
          : { do: 'reuse', until: 3, form: 'output', weights: [], borrowed, why: { kind: 'schedule' } },
      { history: 2 },
    );
    const options = { timesteps: timestepsOf(2), branches: [lender, 'other'] };
    const original = await generate(trackedRunner(), policy, options);
    expect(traceOf(original.report)).toBe(
      `${lender}:c3/c3|other:c3/o3&[with & without %5B%25%5D %2F -1]1&[with & without %5B%25%5D %2F -1]0[%28low%2C all%29]*-0.5~0.2`,
    );
    await replays(trackedRunner, original, options, slowly, placesOf(options));
  });
});

describe('a run of another shape is refused before its first step', () => {
  const policy = recorded({ trace: 'a:c3/r3/-' });
  test.each<[string, RunOptions, number]>([
    ['steps', { timesteps: timestepsOf(4), branches: ['a'] }, 3],
    ['branches', { timesteps: timestepsOf(3), branches: ['b'] }, 3],
    ['calls', { timesteps: timestepsOf(3), branches: ['a'], callsPerStep: 2 }, 3],
    ['sites', { timesteps: timestepsOf(3), branches: ['a'] }, 4],
  ])('%s', (_, options, blocks) => {
    const start = (): unknown => refrain(trackedRunner({ model: { blocks } }), policy).start(options);
    expect(start).toThrow(expect.objectContaining({ code: 'POLICY_NEEDS' }) as Error);
    expect(start).toThrow('the trace has 3 steps of 3 sites for a');
  });

  test('inner sites, where it reuses values', () => {
    expect(() => refrain(trackedRunner(), recorded({ trace: 'a:c3/v1c2' }))).toThrow('inner sites');
  });
});
