import { SAMPLE, tgate, tgateStep, type TgateAction, type TgateConstants } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generate, timestepsOf, type ToyModel, trackedRunner } from '../testing.ts';
import { fuzz } from '../seed.ts';
import { branches, guided, maskAt } from './guided.ts';

const LETTERS: Readonly<Record<TgateAction, string>> = { compute: '.', keep: 'C', reuse: 'R' };

/** Cross-attention at 0, self-attention at 1. The value of cross-attention is the step's number and the branch's. */
const toy: Partial<ToyModel> = {
  blocks: 1,
  modules: ['cross-attention', 'self-attention'],
  enter: (input) => input,
  value: (_, site, { step, branch }) =>
    site === 0 ? step + (branch === 'conditional' ? 10 : 20) : 1000 * (step + 1),
  gate: () => 1,
  exit: (x) => x,
};

describe('the schedule', () => {
  // Made by running the scheduler of HaozheLiu-ST/T-GATE, commit ab2a88f.
  test.each([
    [25, 10, 5, 1, 2, '.........CRRRRRRRRRRRRRRR', '..CRRCRRRCCCCCCCCCCCCCCCC', '1111111110111111111111111'],
    [25, 15, 3, 1, 2, '..............CRRRRRRRRRR', '..CCRRCRRCRRCRCCCCCCCCCCC', '1111111111111101111111111'],
    [8, 4, 1, 1, 2, '...CRRRR', '..CCCCCC', '11101111'],
  ])('of %i steps, gate %i, every %i and %i', (count, gate, spInterval, fiInterval, warmUp, ...expected) => {
    const constants: TgateConstants = { gate, spInterval, fiInterval, warmUp };
    const steps = Array.from({ length: count }, (_, step) => tgateStep(step, constants));
    expect([
      steps.map(({ cross }) => LETTERS[cross]).join(''),
      steps.map(({ self }) => LETTERS[self]).join(''),
      steps.map(({ averages }) => (averages ? '0' : '1')).join(''),
    ]).toStrictEqual(expected);
  });
});

describe('T-GATE', () => {
  test('carries the schedule out', async () => {
    const { report } = await guided(tgate({ gate: 10 }), 25, toy);
    expect(maskAt(report, 0)).toBe('1111111111000000000000000');
    expect(maskAt(report, 1)).toBe('1110010001111111111111111');
    expect(maskAt(report, SAMPLE, 'unconditional')).toBe('1111111111000000000000000');
    expect(maskAt(report, 0, 'unconditional')).toBe(`${'1'.repeat(10)}${'-'.repeat(15)}`);
    expect(report.warnings).toStrictEqual([]);
  });

  test('reuses the mean of both branches and ends guidance after the gate', async () => {
    const { outputs } = await guided(tgate({ gate: 3, spInterval: 1 }), 5, toy);
    // Input 100 · (s + 1), self-attention 1000 · (s + 1), cross-attention s + 10 and s + 20.
    expect(outputs.slice(0, 3)).toStrictEqual([
      { conditional: 1110, unconditional: 1120 },
      { conditional: 2211, unconditional: 2221 },
      { conditional: 3312, unconditional: 3322 },
    ]);
    expect(outputs.slice(3)).toStrictEqual([
      { conditional: 4417, unconditional: 4417 },
      { conditional: 5517, unconditional: 5517 },
    ]);
  });

  test('averages the self-attention of the gate step too', async () => {
    const bySelf: Partial<ToyModel> = {
      ...toy,
      modules: ['spatial-attention'],
      value: (_, __, { step, branch }) => step + (branch === 'conditional' ? 10 : 20),
    };
    const { outputs } = await guided(tgate({ gate: 3, spInterval: 1, fiInterval: 5 }), 7, bySelf);
    // Steps 3 and 4 take the mean of step 2; step 5 computes and keeps its own, which step 6 takes.
    expect(outputs.slice(3).map(({ conditional }) => conditional)).toStrictEqual([417, 517, 615, 715]);
  });

  test('gives the same outputs without the model site, where the text enters by cross-attention alone', async () => {
    const on = await guided(tgate({ gate: 4 }), 9, toy);
    const off = await guided(tgate({ gate: 4, guidance: 'off' }), 9, toy);
    expect(off.outputs).toStrictEqual(on.outputs);
    expect(off.report.mask['unconditional']).not.toContain('0');
    expect(tgate({ guidance: 'off' }).needs.model).toBe(undefined);
  });

  test('computes, and says so, when the unconditional branch comes first', async () => {
    const { report, outputs } = await guided(tgate({ gate: 3 }), 5, toy, ['unconditional', 'conditional']);
    expect(maskAt(report, SAMPLE, 'unconditional')).toBe('11111');
    expect(report.warnings.map(({ code }) => code)).toContain('reuse-refused');
    expect(outputs.every(({ unconditional }) => Number.isFinite(unconditional))).toBe(true);
  });

  test('has nothing to average or to leave out with one branch', async () => {
    const runner = trackedRunner({ model: { ...toy, width: () => 1 } });
    const options = { timesteps: timestepsOf(6) };
    const { outputs, report } = await generate(runner, tgate({ gate: 3, spInterval: 1 }), options, () => 0);
    expect(outputs).toStrictEqual([[1010], [2011], [3012], [4012], [5012], [6012]]);
    expect(report.mask).toStrictEqual({ conditional: '111ppp' });
  });

  test('works where the sample has another shape than the stream', async () => {
    const { report } = await guided(tgate({ gate: 3 }), 5, toy, branches, [1, 2, 3]);
    expect(report.mask['unconditional']).toBe('11100');
  });

  test('takes the gate as a share of the steps, and warns of one that is never reached', () => {
    const run = { steps: 20, timesteps: timestepsOf(20) };
    const shape = {
      ...run,
      branches: ['a', 'b'],
      branch: 'a',
      call: 0,
      callsPerStep: 1,
      stream: { length: 0, blocks: [], inner: [], conditioning: [] },
    };
    const codes = (policy: ReturnType<typeof tgate>): string[] =>
      (policy.fit?.(shape) ?? []).map(({ code }) => code);
    expect(tgate({ gate: '40%' }).init(shape).gate).toBe(8);
    expect(codes(tgate({ gate: '40%' }))).toStrictEqual([]);
    expect(codes(tgate({ gate: 20 }))).toStrictEqual(['other-steps']);
  });

  test('never asks for what was not kept', async () => {
    const options = fc.record({
      gate: fc.integer({ min: 1, max: 12 }),
      spInterval: fc.integer({ min: 1, max: 6 }),
      fiInterval: fc.integer({ min: 1, max: 6 }),
      warmUp: fc.integer({ min: 0, max: 12 }),
      guidance: fc.constantFrom('on', 'off'),
    });
    await fc.assert(
      fc.asyncProperty(options, fc.integer({ min: 2, max: 14 }), async (given, steps) => {
        const { report, outputs } = await guided(tgate(given), steps, toy);
        expect(report.decisions.filter(({ refused }) => refused)).toStrictEqual([]);
        const { warmUp } = tgate(given).limits({ steps } as never);
        const first = report.mask['conditional']?.search(/[0p]/) ?? -1;
        if (first >= 0) expect(first).toBeGreaterThanOrEqual(warmUp);
        for (const { conditional, unconditional } of outputs.slice(given.gate))
          if (given.guidance === 'on') expect(unconditional).toBe(conditional);
      }),
      fuzz,
    );
  });
});
