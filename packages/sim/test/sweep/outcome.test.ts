import { outcomesOf, type SweepRow } from '@refrain/sim';
import { describe, expect, test } from 'vitest';

function row(change: Partial<SweepRow>): SweepRow {
  return {
    policy: 'fora(interval=2)',
    recording: 0,
    label: '',
    granularity: 'step',
    reuseRate: 0.5,
    seconds: 1,
    plainSeconds: 2,
    speedup: 2,
    drift: 0.1,
    bytesHeld: 100,
    error: null,
    message: null,
    ...change,
  };
}

describe('rows are summed up by policies', () => {
  test('speed is total plain seconds by total seconds, not the mean of ratios', () => {
    const { outcomes } = outcomesOf([
      row({}),
      row({ recording: 1, seconds: 9, plainSeconds: 9, speedup: 1, drift: 0.3, bytesHeld: 90 }),
    ]);
    expect(outcomes).toEqual([
      expect.objectContaining({
        speed: 1.1,
        speedFrom: 'costs',
        recordings: 2,
        worstDrift: 0.3,
        bytesHeld: 100,
      }),
    ]);
    expect(outcomes[0]?.drift).toBeCloseTo(0.2);
  });

  test('without costs speed is ideal', () => {
    const { outcomes } = outcomesOf([
      row({ seconds: null, plainSeconds: null, speedup: null, reuseRate: 0.75 }),
    ]);
    expect(outcomes[0]).toMatchObject({ speed: 4, speedFrom: 'reuse', seconds: null });
  });

  test('one drift that is not known makes the mean unknown', () => {
    const { outcomes } = outcomesOf([row({}), row({ recording: 1, drift: null })]);
    expect(outcomes[0]).toMatchObject({ drift: null, worstDrift: null });
  });

  test('a policy that fails on one recording is a failure', () => {
    const failed = {
      error: 'NOT_RECORDED',
      message: 'no ratios',
      reuseRate: null,
      drift: null,
      bytesHeld: null,
    };
    expect(outcomesOf([row({}), row({ recording: 1, ...failed }), row({ policy: 'never' })])).toEqual({
      outcomes: [expect.objectContaining({ policy: 'never' })],
      failures: [{ policy: 'fora(interval=2)', error: 'NOT_RECORDED', message: 'no ratios', recordings: 1 }],
    });
  });
});
