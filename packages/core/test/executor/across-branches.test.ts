import {
  outputOf,
  refrain,
  SAMPLE,
  type BorrowedTerm,
  type Decision,
  type Policy,
  type RunReport,
} from '@refrain/core';
import { describe, expect, test } from 'vitest';
import { computes, entry, reuses, scripted, timestepsOf, trackedRunner } from '../testing.ts';

/** One element; one block adds 1 in the conditional branch and 3 in the other. */
const toy = {
  blocks: 1,
  width: () => 1,
  enter: (input: number) => input,
  value: (_: number, __: number, { branch }: { readonly branch: string }) =>
    branch === 'conditional' ? 1 : 3,
  gate: () => 1,
  exit: (x: number) => x,
};
const OUT = outputOf(1);
const branches = ['conditional', 'unconditional'];
const needs = { model: true } as const;
const output = entry(SAMPLE, OUT, 'output');

/** Runs all steps with guidance. The conditional input is 10 · (step + 1), the other 100 · (step + 1). */
async function guided(
  policy: Policy,
  steps: number,
  scale = 2,
): Promise<{ outputs: (readonly number[])[]; report: RunReport }> {
  const runner = trackedRunner({ model: toy });
  const run = refrain(runner, policy).start({ timesteps: timestepsOf(steps), branches });
  const outputs: (readonly number[])[] = [];
  for (let step = 0; step < steps; step++) {
    const inputs = { conditional: 10 * (step + 1), unconditional: 100 * (step + 1) };
    outputs.push(await run.guided(inputs, { step, scale }));
  }
  expect(runner.ledger.live).toBe(0);
  return { outputs, report: run.report() };
}

/** The unconditional branch takes these terms from step 1 on; everything else is computed and kept. */
function derives(terms: (step: number) => readonly BorrowedTerm[]): Policy {
  return scripted(
    ({ step, branch }): Decision => {
      if (branch === 'conditional' || step === 0) return computes(OUT, [output]);
      const { why } = reuses(OUT, 'output');
      return { do: 'reuse', until: OUT, form: 'output', weights: [], borrowed: terms(step), why };
    },
    { ...needs, history: 3 },
  );
}

describe('a guided step', () => {
  test('combines u + s · (c − u)', async () => {
    const { outputs, report } = await guided(
      scripted(() => computes(OUT), needs),
      2,
    );
    expect(outputs).toStrictEqual([[2 * 11 - 103], [2 * 21 - 203]]);
    expect(report).toMatchObject({ status: 'finished', passes: 4 });
  });

  test('leaves a whole pass out where a branch is taken from the other', async () => {
    const policy = derives((step) => [{ weight: 1, branch: 'conditional', step }]);
    const { outputs, report } = await guided(policy, 3);
    expect(outputs).toStrictEqual([[2 * 11 - 103], [21], [31]]);
    expect(report.mask).toStrictEqual({ conditional: '111', unconditional: '100' });
    expect(report.bytes.held).toBe(0);
  });

  test('derives a branch from features of both, at exact steps, also filtered', async () => {
    // The difference of step 0 is 103 − 11; the toy filter halves what it keeps.
    const policy = derives((step) => [
      { weight: 1, branch: 'conditional', step },
      { weight: 1, branch: 'unconditional', step: 0 },
      { weight: -1, branch: 'conditional', step: 0 },
      { weight: 2, branch: 'conditional', step: 0, lowPass: 0.5 },
    ]);
    const { outputs } = await guided(policy, 2, 0);
    expect(outputs[1]).toStrictEqual([21 + 103 - 11 + 2 * 0.5 * 11]);
  });

  test('computes what it cannot borrow: a step that the other branch did not keep', async () => {
    const policy = derives((step) => [{ weight: 1, branch: 'conditional', step: step - 7 }]);
    const { report } = await guided(policy, 3);
    expect(report.mask).toStrictEqual({ conditional: '111', unconditional: '111' });
    expect(report.warnings.map(({ code }) => code)).toContain('reuse-refused');
  });

  test.each([
    ['no input for a branch', { conditional: 1 }, 2, 'RUN_OPTIONS'],
    ['a scale that is no number', { conditional: 1, unconditional: 1 }, Number.NaN, 'RUN_OPTIONS'],
  ] as const)('is refused with %s', async (_, inputs, scale, code) => {
    const policy = scripted(() => computes(1));
    const run = refrain(trackedRunner({ model: toy }), policy).start({ timesteps: timestepsOf(2), branches });
    await expect(run.guided({ ...inputs }, { step: 0, scale })).rejects.toMatchObject({ code });
  });
});

test('branches that share a state see what the other was told', async () => {
  const told: string[] = [];
  const policy: Policy<string[]> = {
    id: 'shared',
    granularity: 'block',
    shared: true,
    needs: { history: 0 },
    limits: () => ({ warmUp: 0, tail: 0 }),
    init: () => [],
    next: (state, { branch }) => {
      told.push(`${branch} after ${state.join(' ')}`);
      return computes(1);
    },
    observe: (state, { branch, step }) => [...state, `${branch[0]}${step}`],
  };
  await guided(policy, 2);
  expect(told).toStrictEqual([
    'conditional after ',
    'unconditional after c0',
    'conditional after c0 u0',
    'unconditional after c0 u0 c1',
  ]);
});
