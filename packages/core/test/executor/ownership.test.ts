import { refrain, type RunOptions } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expectNothingLeft,
  generate,
  placesOf,
  randomCases,
  randomPolicy,
  timestepsOf,
  trackedRunner,
  walk,
} from '../testing.ts';
import { fuzz } from '../seed.ts';

const budgets = fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined });

function optionsOf(steps: number, branches: readonly string[], maxBytes: number | undefined): RunOptions {
  return { timesteps: timestepsOf(steps), branches, ...(maxBytes !== undefined && { maxBytes }) };
}

describe('nothing is left behind and no budget is exceeded', () => {
  test('when a run is finished, whatever was decided', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, budgets, fc.boolean(), async (given, maxBytes, echoes) => {
        const { blocks, modules, steps, branches, sketches, asynchronous, early } = given;
        const runner = trackedRunner({ model: { blocks, modules }, sketches, asynchronous, early, echoes });
        const options = optionsOf(steps, branches, maxBytes);
        // Everything is checked after the run; the budget also after every decision.
        const { error, report } = await generate(runner, randomPolicy(given), options);
        expect(error).toBe(undefined);
        expect(report.status).toBe('finished');
      }),
      fuzz,
    );
  });

  test('when anything that the runner does fails, at any call', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, budgets, fc.nat(300), async (given, maxBytes, fuse) => {
        const { blocks, modules, steps, branches, sketches, asynchronous, early } = given;
        const boom = new RangeError('boom');
        let calls = 0;
        const before = (): void => {
          if (calls++ === fuse) throw boom;
        };
        const runner = trackedRunner({ model: { blocks, modules }, sketches, asynchronous, early, before });
        const { error, report } = await generate(
          runner,
          randomPolicy(given),
          optionsOf(steps, branches, maxBytes),
        );
        if (calls <= fuse) return;
        expect(error).toMatchObject({ code: 'RUNNER_FAILED', cause: boom });
        expect(report.status).toBe('failed');
      }),
      fuzz,
    );
  });

  test('when the run is aborted at any decision', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, fc.nat(60), async (given, stop) => {
        const { blocks, modules, steps, branches, sketches, asynchronous, early } = given;
        const controller = new AbortController();
        const reason = new Error('enough');
        let decisions = 0;
        const onDecision = (): void => {
          if (decisions++ === stop) controller.abort(reason);
        };
        const runner = trackedRunner({ model: { blocks, modules }, sketches, asynchronous, early });
        const options = { ...optionsOf(steps, branches, undefined), signal: controller.signal, onDecision };
        const { error, report } = await generate(runner, randomPolicy(given), options);
        if (!controller.signal.aborted) return;
        expect(error).toMatchObject({ code: 'RUN_ABORTED', cause: reason });
        expect(report.status).toBe('aborted');
        // Decisions of one stretch are told together, once it has run.
        expect(report.decisions.length).toBeGreaterThan(stop);
      }),
      fuzz,
    );
  });

  test('when a run is ended early', async () => {
    await fc.assert(
      fc.asyncProperty(randomCases, fc.nat(20), async (given, passes) => {
        const { blocks, modules, steps, branches } = given;
        const runner = trackedRunner({ model: { blocks, modules } });
        const options = optionsOf(steps, branches, undefined);
        const run = refrain(runner, randomPolicy(given)).start(options);
        await walk(run, placesOf(options).slice(0, passes));
        run.end();
        run.end();
        expectNothingLeft(runner, run.report());
      }),
      fuzz,
    );
  });
});
