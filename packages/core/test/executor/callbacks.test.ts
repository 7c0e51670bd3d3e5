import { always, refrain, type DecisionRecord, type Sums } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { computes, generate, scripted, streamAt, timestepsOf, trackedRunner } from '../testing.ts';

const three = { timesteps: timestepsOf(3) };
const boom = new Error('boom');
const watching = scripted(() => computes(3, [], [streamAt(1, 'seen'), streamAt(2, 'seen')]));

describe('onDecision', () => {
  test('is told of every decision once, in the words of the report', async () => {
    const told: DecisionRecord[] = [];
    const { report } = await generate(trackedRunner(), always(), {
      ...three,
      onDecision: (record) => told.push(record),
    });
    expect(told).toStrictEqual(report.decisions);
    expect(told.map(({ step, did }) => [step, did])).toStrictEqual([
      [0, 'computed'],
      [1, 'reused'],
      [2, 'reused'],
    ]);
  });

  test('that throws is named, not the runner', async () => {
    const onDecision = (): never => {
      throw boom;
    };
    const { error } = await generate(trackedRunner(), always(), { ...three, onDecision });
    expect(error).toMatchObject({ code: 'RUN_OPTIONS', cause: boom });
    expect(error?.message).toContain('onDecision threw: boom');
  });
});

describe('reduceSums', () => {
  test('is given the sums of a decision together, and what it returns is what the policy sees', async () => {
    const policy = scripted(() => computes(3, [], [streamAt(1, 'seen'), streamAt(2, 'seen')]));
    const asked: (readonly Sums[])[] = [];
    const reduceSums = async (sums: readonly Sums[]): Promise<readonly Sums[]> => {
      asked.push(sums);
      return sums.map(({ count }) => ({ numerator: 1, denominator: 4, count: 2 * count }));
    };
    await generate(trackedRunner(), policy, { ...three, reduceSums });
    expect(asked.map((sums) => sums.length)).toStrictEqual([2, 2]);
    expect(policy.seen.at(-1)?.measured).toStrictEqual({
      'stream 1 seen': { kind: 'sums', numerator: 1, denominator: 4, count: 6 },
      'stream 2 seen': { kind: 'sums', numerator: 1, denominator: 4, count: 6 },
    });
  });

  test('that throws is named, not the runner', async () => {
    const reduceSums = (): Promise<never> => Promise.reject(boom);
    const { error } = await generate(trackedRunner(), watching, { ...three, reduceSums });
    expect(error).toMatchObject({ code: 'RUN_OPTIONS', cause: boom });
  });

  test('that loses a sum is refused: a measurement would be missing without a word', async () => {
    const { error } = await generate(trackedRunner(), watching, {
      ...three,
      reduceSums: (sums) => sums.slice(1),
    });
    expect(error).toMatchObject({ code: 'RUNNER_CONTRACT' });
    expect(error?.message).toContain('expected 2 sums, got 1');
  });
});

test('the report can be asked for at any time, and does not change afterwards', async () => {
  const run = refrain(trackedRunner(), always()).start(three);
  const reports = [run.report()];
  for (const step of [0, 1, 2]) {
    await run.step(1, { step });
    reports.push(run.report());
  }
  expect(reports.map(({ status, passes, mask }) => [status, passes, mask['conditional']])).toStrictEqual([
    ['running', 0, '---'],
    ['running', 1, '1--'],
    ['running', 2, '10-'],
    ['finished', 3, '100'],
  ]);
  expect(reports.map(({ decisions }) => decisions.length)).toStrictEqual([0, 1, 2, 3]);
});
