import { always, never, refrain, type RunOptions } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  bare,
  computes,
  entry,
  expectNothingLeft,
  generate,
  reuses,
  scripted,
  slowly,
  timestepsOf,
  trackedRunner,
} from '../testing.ts';

const four = { timesteps: timestepsOf(4) };

describe('options that cannot work are refused by name', () => {
  test.each<[string, RunOptions]>([
    ['timesteps: expected one for each denoising step, got 0', { timesteps: [] }],
    ['timesteps: expected one for each denoising step, got none', {} as RunOptions],
    ['timesteps: expected finite numbers, got NaN at step 1', { timesteps: [1, Number.NaN, 0] }],
    ['timesteps: expected finite numbers, got Infinity at step 0', { timesteps: [Infinity, 1] }],
    ['timesteps: expected an array', { timesteps: new Float32Array(4) as unknown as number[] }],
    ['branches: expected one or more different names', { ...four, branches: [] }],
    ['branches: expected one or more different names, got [a, a]', { ...four, branches: ['a', 'a'] }],
    ['callsPerStep: expected an integer of at least 1, got 0', { ...four, callsPerStep: 0 }],
    ['callsPerStep: expected an integer of at least 1, got 1.5', { ...four, callsPerStep: 1.5 }],
    ['maxBytes: expected a number of bytes, got -1', { ...four, maxBytes: -1 }],
    ['maxBytes: expected a number of bytes, got NaN', { ...four, maxBytes: Number.NaN }],
  ])('%s', (message, options) => {
    const start = (): unknown => refrain(trackedRunner(), never()).start(options);
    expect(start).toThrow(expect.objectContaining({ code: 'RUN_OPTIONS' }) as Error);
    expect(start).toThrow(message);
  });

  // A trace names its lanes `branch` and `branch.1`, and ends the name with a colon.
  test.each(['', ' a', 'a.1', 'a:b', 'a|b', 'a,b', 'a(b)'])('branch name %j', (branch) => {
    const start = (): unknown =>
      refrain(trackedRunner(), never()).start({ ...four, branches: ['other', branch] });
    expect(start).toThrow(expect.objectContaining({ code: 'RUN_OPTIONS' }) as Error);
    expect(start).toThrow('branches:');
  });
});

test('a run of one step is computed, and says why nothing was reused', async () => {
  const runner = trackedRunner();
  const one = { timesteps: [1000] };
  const { outputs, report } = await generate(runner, always(), one, () => 3);
  expect(outputs).toStrictEqual([
    await bare(
      runner,
      { ...one, branches: ['conditional'] },
      { step: 0, call: 0, branch: 'conditional' },
      () => 3,
    ),
  ]);
  expect(report.warnings.map(({ code }) => code)).toContain('never-reused');
  expectNothingLeft(runner, report);
});

describe('steps', () => {
  test.each([
    ['out of order', [1, 0], 'step 0 of conditional comes after step 1'],
    ['twice', [1, 1], 'step 1 of conditional comes after step 1'],
    ['below the first', [-1], 'expected a step from 0 to 3, got -1'],
    ['beyond the last', [4], 'expected a step from 0 to 3, got 4'],
    ['between two', [0, 0.5], 'expected a step from 0 to 3, got 0.5'],
    ['that are not numbers', [Number.NaN], 'expected a step from 0 to 3, got NaN'],
  ])('%s are refused, and the run goes on', async (_, steps, message) => {
    const run = refrain(trackedRunner(), always()).start(four);
    for (const step of steps.slice(0, -1)) await run.step(1, { step });
    const refused = run.step(1, { step: steps.at(-1) ?? Number.NaN });
    await expect(refused).rejects.toMatchObject({ code: 'RUN_ORDER' });
    await expect(refused).rejects.toThrow(message);
    await run.step(1, { step: 3 });
    expect(run.report().status).toBe('finished');
  });

  test('on a finished, ended or failed run are refused', async () => {
    const finished = refrain(trackedRunner(), always()).start({ timesteps: [2, 1] });
    for (const step of [0, 1]) await finished.step(1, { step });
    await expect(finished.step(1, { step: 1 })).rejects.toMatchObject({ code: 'RUN_STATE' });
    const ended = refrain(trackedRunner(), always()).start(four);
    ended.end();
    await expect(ended.step(1, { step: 0 })).rejects.toThrow('the run is ended');
    const failed = refrain(
      trackedRunner({
        before: () => {
          throw new Error('boom');
        },
      }),
      always(),
    ).start(four);
    await expect(failed.step(1, { step: 0 })).rejects.toMatchObject({ code: 'RUNNER_FAILED' });
    await expect(failed.step(1, { step: 1 })).rejects.toThrow('the run is failed');
  });

  test('at the same time are refused, and the one in progress goes on', async () => {
    const runner = trackedRunner();
    const run = refrain(runner, always()).start({ timesteps: [2, 1], branches: ['a', 'b'] });
    const first = run.step(1, { step: 0 });
    await expect(run.step(1, { step: 0, branch: 'b' })).rejects.toMatchObject({ code: 'RUN_STATE' });
    expect(() => run.end()).toThrow(expect.objectContaining({ code: 'RUN_STATE' }) as Error);
    await first;
    await run.step(1, { step: 0, branch: 'b' });
    expect(run.report()).toMatchObject({ passes: 2, mask: { a: '1-', b: '1-' } });
    run.end();
    expectNothingLeft(runner, run.report());
  });

  test('left out show in the mask, and nothing is assumed of them', async () => {
    const places = [0, 2, 3].map((step) => ({ step, call: 0, branch: 'conditional' }));
    const { report } = await generate(trackedRunner(), always(), four, slowly, places);
    expect(report).toMatchObject({ status: 'finished', passes: 3, mask: { conditional: '1-00' } });
  });
});

describe('branches and calls', () => {
  const policy = scripted(({ step, branch, call }) => {
    if (step > 0 && branch === 'a' && call === 0) return reuses(3, 'residual');
    return computes(3, [entry(0, 3, 'residual')]);
  });

  test('each have their own state and cache', async () => {
    const options = { timesteps: [2, 1], branches: ['a', 'b'], callsPerStep: 2 };
    const { report, outputs } = await generate(trackedRunner(), policy, options);
    expect(report.mask).toStrictEqual({ a: '10', 'a.1': '11', b: '11', 'b.1': '11' });
    // Step 1, in order a, b, a.1, b.1: all but the first are as without a cache.
    const runner = trackedRunner();
    for (const [index, place] of [
      { branch: 'b', call: 0 },
      { branch: 'a', call: 1 },
      { branch: 'b', call: 1 },
    ].entries())
      expect(outputs[5 + index]).toStrictEqual(await bare(runner, options, { ...place, step: 1 }));
  });

  test.each([
    ['a branch', { branch: 'c', call: 0 }, 'branch "c" (call 0)'],
    ['a call', { branch: 'a', call: 1 }, 'branch "a" (call 1)'],
    ['a name that looks like a call of another branch', { branch: 'b.1', call: 0 }, 'branch "b.1" (call 0)'],
  ])('%s that the run was not told of is computed, with a warning', async (_, stranger, message) => {
    const options = {
      timesteps: [2, 1],
      branches: ['a', 'b'],
      ...(stranger.branch === 'b.1' && { callsPerStep: 2 }),
    };
    const runner = trackedRunner();
    const run = refrain(runner, always()).start(options);
    for (const step of [0, 1]) {
      const place = { step, ...stranger };
      const output = await run.step(slowly(place), place);
      expect(output).toStrictEqual(await bare(trackedRunner(), options, place));
    }
    const report = run.report();
    expect(report).toMatchObject({ passes: 2, decisions: [], status: 'running' });
    expect(report.warnings).toMatchObject([{ code: 'unknown-branch', count: 2 }]);
    expect(report.warnings[0]?.message).toContain(message);
    expectNothingLeft(runner, report);
  });

  test('an unknown branch that fails ends the run and leaves nothing behind', async () => {
    for (const failing of ['enter', 'span', 'exit']) {
      const runner = trackedRunner({
        before: (call, at) => {
          if (call === failing && at?.branch === 'c') throw new Error('boom');
        },
      });
      const run = refrain(runner, always()).start({ timesteps: [2, 1] });
      await run.step(1, { step: 0 });
      await expect(run.step(1, { step: 0, branch: 'c' })).rejects.toMatchObject({ code: 'RUNNER_FAILED' });
      expect(run.report().status).toBe('failed');
      expectNothingLeft(runner, run.report());
    }
  });

  test('an unknown branch holds the runner to its contract too', async () => {
    const runner = trackedRunner({
      tamper: ({ x, taps }, _request, _at, ledger) => ({ x, taps: [...taps, ledger.make([1])] }),
    });
    const run = refrain(runner, always()).start({ timesteps: [2, 1] });
    await expect(run.step(1, { step: 0, branch: 'c' })).rejects.toMatchObject({ code: 'RUNNER_CONTRACT' });
    expectNothingLeft(runner, run.report());
  });
});
