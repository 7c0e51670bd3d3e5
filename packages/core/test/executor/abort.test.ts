import { always, never, refrain, RunError, type PassInfo } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import {
  expectNothingLeft,
  generate,
  placesOf,
  timestepsOf,
  type TrackedOptions,
  trackedRunner,
  walk,
} from '../testing.ts';

const reason = new Error('the user closed the page');
const three = { timesteps: timestepsOf(3) };

describe('an abort in the middle of a pass', () => {
  /** Aborts while the runner does something at a step, and goes on or behaves as told. */
  function abortAt(
    call: string,
    step: number,
    then?: (at: PassInfo) => Promise<void>,
  ): TrackedOptions & { controller: AbortController } {
    const controller = new AbortController();
    return {
      controller,
      async before(current, at) {
        if (current !== call || at?.step !== step) return;
        controller.abort(reason);
        await then?.(at);
      },
    };
  }

  test.each(['enter', 'span', 'look'])('during %s ends the run with its reason', async (call) => {
    const { controller, ...options } = abortAt(call, 1);
    const policy = call === 'look' ? lookingPolicy : always();
    const runner = trackedRunner(options);
    const { error, outputs, report } = await generate(runner, call === 'span' ? never() : policy, {
      ...three,
      signal: controller.signal,
    });
    expect(error).toBeInstanceOf(RunError);
    expect(error).toMatchObject({ code: 'RUN_ABORTED', cause: reason });
    expect(outputs).toHaveLength(1);
    expect(report).toMatchObject({ status: 'aborted', passes: 1, bytes: { held: 0 } });
    expect(report.warnings).toContainEqual({
      code: 'incomplete',
      message: 'the run was aborted before its last step',
      count: 1,
    });
  });

  test('that makes the runner throw is an abort too, not a failure', async () => {
    for (const thrown of [reason, new DOMException('aborted', 'AbortError')]) {
      const { controller, ...options } = abortAt('span', 1, () => Promise.reject(thrown));
      const { error, report } = await generate(trackedRunner(options), never(), {
        ...three,
        signal: controller.signal,
      });
      expect(error).toMatchObject({ code: 'RUN_ABORTED', cause: reason });
      expect(report.status).toBe('aborted');
    }
  });

  test('wakes a runner that hangs until the signal', async () => {
    const controller = new AbortController();
    const hangs = (at: PassInfo | undefined): Promise<void> =>
      new Promise((_, reject) => {
        at?.signal?.addEventListener('abort', () => reject(at.signal?.reason));
      });
    const runner = trackedRunner({
      before: (call, at) => (call === 'span' && at?.step === 1 ? hangs(at) : undefined),
    });
    const running = generate(runner, never(), { ...three, signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(reason);
    const { error, report } = await running;
    expect(error).toMatchObject({ code: 'RUN_ABORTED', cause: reason });
    expect(report.status).toBe('aborted');
  });

  test('during the exit lets the pass end, and the next one does not begin', async () => {
    const { controller, ...options } = abortAt('exit', 1);
    const { error, outputs, report } = await generate(trackedRunner(options), always(), {
      ...three,
      signal: controller.signal,
    });
    expect(outputs).toHaveLength(2);
    expect(error).toMatchObject({ code: 'RUN_ABORTED', cause: reason });
    expect(report).toMatchObject({ status: 'aborted', passes: 2 });
  });

  test('during the exit of the last pass comes too late: the run is finished', async () => {
    const { controller, ...options } = abortAt('exit', 2);
    const { error, report } = await generate(trackedRunner(options), always(), {
      ...three,
      signal: controller.signal,
    });
    expect(error).toBe(undefined);
    expect(report.status).toBe('finished');
  });
});

const lookingPolicy = {
  ...always(),
  next: (
    state: ReturnType<ReturnType<typeof always>['init']>,
    at: Parameters<ReturnType<typeof always>['next']>[1],
  ) =>
    at.step === 1 && at.site === 0
      ? ({
          do: 'measure',
          what: [{ name: 'modulated', tap: { of: 'modulated', at: 0 }, against: 'seen' }],
          why: { kind: 'look' },
        } as const)
      : always().next(state, at),
};

describe('an abort between passes', () => {
  test('frees the cache at once, also when no further step is asked for', async () => {
    const controller = new AbortController();
    const runner = trackedRunner();
    const run = refrain(runner, always()).start({ ...three, signal: controller.signal });
    await run.step(1, { step: 0 });
    expect(runner.ledger.live).toBe(1);
    controller.abort(reason);
    expectNothingLeft(runner, run.report());
    expect(run.report().status).toBe('aborted');
  });

  test('that fell into the exit of a pass frees the cache when that pass is done', async () => {
    const controller = new AbortController();
    const runner = trackedRunner({
      before: (call) => (call === 'exit' ? controller.abort(reason) : undefined),
    });
    const run = refrain(runner, always()).start({ ...three, signal: controller.signal });
    await run.step(1, { step: 0 });
    expectNothingLeft(runner, run.report());
    expect(run.report()).toMatchObject({ status: 'aborted', passes: 1 });
  });

  test('refuses every further step with the reason', async () => {
    const controller = new AbortController();
    const run = refrain(trackedRunner(), always()).start({ ...three, signal: controller.signal });
    await run.step(1, { step: 0 });
    controller.abort(reason);
    for (const step of [1, 2])
      await expect(run.step(1, { step })).rejects.toMatchObject({ code: 'RUN_ABORTED', cause: reason });
  });

  test('after the last step changes nothing', async () => {
    const controller = new AbortController();
    const { report } = await generate(trackedRunner(), always(), { ...three, signal: controller.signal });
    controller.abort(reason);
    expect(report.status).toBe('finished');
  });
});

test('a run that starts aborted takes no step', async () => {
  const runner = trackedRunner();
  const run = refrain(runner, always()).start({ ...three, signal: AbortSignal.abort(reason) });
  await expect(run.step(1, { step: 0 })).rejects.toMatchObject({ code: 'RUN_ABORTED', cause: reason });
  expect(run.report()).toMatchObject({
    status: 'aborted',
    passes: 0,
    decisions: [],
    mask: { conditional: '---' },
  });
  expectNothingLeft(runner, run.report());
});

test('a signal outlives the runs that it was given to: nothing stays registered on it', async () => {
  const controller = new AbortController();
  const registered: string[] = [];
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    registered.push(given[0]);
    add(...given);
  };
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    registered.pop();
    remove(...given);
  };
  for (let generation = 0; generation < 3; generation++)
    await generate(trackedRunner(), always(), { ...three, signal });
  expect(registered).toStrictEqual([]);
});

test('an aborted run does not disturb one that comes after it', async () => {
  const runner = trackedRunner();
  const model = refrain(runner, always());
  const controller = new AbortController();
  const aborted = model.start({ ...three, signal: controller.signal });
  await aborted.step(5, { step: 0 });
  controller.abort(reason);
  await walk(aborted, placesOf(three).slice(1));
  const fresh = await walk(model.start(three), placesOf(three));
  const alone = await generate(trackedRunner(), always(), three);
  expect(fresh).toStrictEqual({ outputs: alone.outputs, error: undefined });
});
