import type { Policy } from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { computes, entry, generate, reuses, scripted, timestepsOf, trackedRunner } from '../testing.ts';

/** One element; each site adds the gate times the value; the gate is 1 at step 0 and 2 later. */
const line = {
  width: () => 1,
  enter: (input: number) => input,
  value: (x: number) => x + 1,
  gate: (_: number, { step }: { readonly step: number }) => (step === 0 ? 1 : 2),
  exit: (x: number) => x,
};

describe('a linear combination', () => {
  /** Keeps at three steps, then forecasts. Inputs 10, 20, 40, 0: residuals are x + 1 and 2·(x + 1). */
  function forecast(form: 'residual' | 'output', weights: readonly number[]): Policy {
    return scripted(
      ({ step }) => (step === 3 ? reuses(1, form, weights) : computes(1, [entry(0, 1, form)])),
      { history: 3 },
    );
  }
  const inputs = ({ step }: { readonly step: number }): number => [10, 20, 40, 0][step] ?? Number.NaN;

  // Residuals, newest first: 82, 42, 11; outputs: 122, 62, 21.
  test.each([
    ['residual', [1], 82],
    ['residual', [2, -1], 2 * 82 - 42],
    ['residual', [3, -3, 1], 3 * 82 - 3 * 42 + 11],
    ['residual', [0, 0, 1], 11],
    ['output', [0.5, 0.5], 92],
    ['output', [0, 1], 62],
    ['output', [2], 244],
  ] as const)('of %ss weights the newest first: %j', async (form, weights, expected) => {
    const runner = trackedRunner({ model: { ...line, blocks: 1 } });
    const options = { timesteps: timestepsOf(4) };
    const { outputs } = await generate(runner, forecast(form, weights), options, inputs);
    expect(outputs.at(-1)).toStrictEqual([expected]);
  });

  test('deeper than what is cached is refused', async () => {
    const policy = scripted(
      ({ step }) => (step < 2 ? computes(3, [entry(0, 3, 'output')]) : reuses(3, 'output', [3, -3, 1])),
      { history: 3 },
    );
    const { report } = await generate(trackedRunner(), policy, { timesteps: timestepsOf(5) });
    // The refused step is kept as well, so that the third feature is there at the next.
    expect(report.mask).toStrictEqual({ conditional: '11100' });
  });

  test('works where combine hands its input back', async () => {
    const policy = scripted(({ step }) => {
      if (step < 2) return computes(3, [entry(0, 3, 'output')]);
      return reuses(3, 'output', [1]);
    });
    const outputs = await Promise.all(
      [false, true].map(async (echoes) => {
        const run = await generate(trackedRunner({ echoes }), policy, { timesteps: timestepsOf(6) });
        return run.outputs;
      }),
    );
    expect(outputs[0]).toStrictEqual(outputs[1]);
  });
});
