import { refrain, type DecisionRecord, type Policy, type RunReport } from '@refrain/core';
import { expect } from 'vitest';
import { timestepsOf, type ToyModel, type TrackedRunner, trackedRunner } from '../testing.ts';

/** Names of the branches of a guided run, the conditional one first. */
export const branches = ['conditional', 'unconditional'];

/** What came of a guided run. */
export interface Guided {
  /** Outputs of all passes, step by step. */
  readonly outputs: readonly { readonly conditional: number; readonly unconditional: number }[];
  readonly report: RunReport;
}

/**
 * Runs all steps of both branches on a toy of one element.
 *
 * @param policy - what decides
 * @param steps - how many
 * @param model - the toy
 * @param order - in which the branches are run in each step
 * @param sample - the latent as a feature; left out: of the shape of the stream
 */
export async function guided(
  policy: Policy,
  steps: number,
  model: Partial<ToyModel>,
  order: readonly string[] = branches,
  sample?: readonly number[],
): Promise<Guided> {
  const runner = trackedRunner({ model: { width: () => 1, ...model } });
  const run = refrain(sample ? sampled(runner, sample) : runner, policy).start({
    timesteps: timestepsOf(steps),
    branches,
  });
  const outputs: { conditional: number; unconditional: number }[] = [];
  for (let step = 0; step < steps; step++) {
    const made: Record<string, number> = {};
    for (const branch of order)
      made[branch] = (await run.step(100 * (step + 1), { step, branch }))[0] ?? Number.NaN;
    outputs.push({
      conditional: made['conditional'] ?? Number.NaN,
      unconditional: made['unconditional'] ?? Number.NaN,
    });
  }
  expect(runner.ledger.live).toBe(0);
  const report = run.report();
  expect(report.bytes.held).toBe(0);
  return { outputs, report };
}

/** The same runner with a latent of its own shape. */
function sampled(runner: TrackedRunner, sample: readonly number[]): TrackedRunner {
  const { model, ledger } = runner;
  return model ? { ...runner, model: { ...model, sample: () => ledger.make(sample) } } : runner;
}

/** One digit a step: what a branch did at a site, `-` where it was not asked. */
export function maskAt(
  { decisions, steps }: Pick<RunReport, 'decisions' | 'steps'>,
  site: number,
  branch: string = 'conditional',
): string {
  const digit = ({ did }: DecisionRecord): string => (did === 'reused' ? '0' : '1');
  return Array.from({ length: steps }, (_, step) => {
    const record = decisions.find((one) => one.step === step && one.branch === branch && one.site === site);
    return record ? digit(record) : '-';
  }).join('');
}
