import { parsePolicy } from '@refrain/core';
import type { ComparisonRow } from '../compare/comparison.ts';
import { runLockstep, type Round } from '../compare/lockstep.ts';
import { prepare } from '../compare/prepare.ts';
import { rowsOf } from '../compare/rows.ts';
import { isAbort } from '../compare/stopped.ts';
import { embedBranches, type GenerationOptions } from '../pipeline/generation.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { latentDrift } from './latent-drift.ts';

/** One policy on one prompt, measured on the model. */
export interface ConfirmedRow extends ComparisonRow {
  /** Relative L1 difference of the finished latents. */
  readonly driftL1: number;
  /** Relative L2 difference of the finished latents: what the predicted drift comes nearer to. */
  readonly driftL2: number;
}

/** What is confirmed. */
export interface ConfirmOptions extends GenerationOptions {
  readonly policies: readonly string[];
  readonly prompts: readonly string[];
  readonly repeats: number;
  readonly signal: AbortSignal;
}

/** Told how far the work is. */
export interface ConfirmProgress {
  /** Before anything: how many generation steps there are to do. */
  begin(steps: number): void;
  step(prompt: string, what: string, step: number): void;
}

/**
 * Generates every prompt plainly and under every policy, as a comparison does: interleaved, after a rehearsal.
 *
 * @returns rows of the prompts that were finished: fewer than wanted when the signal fired
 */
export async function confirm(
  pipeline: Pipeline,
  options: ConfirmOptions,
  progress: ConfirmProgress,
): Promise<readonly ConfirmedRow[]> {
  const { prompts, steps, repeats } = options;
  const policies = options.policies.map((id) => parsePolicy(id));
  const perPrompt = steps * repeats * (policies.length + 1);
  progress.begin(perPrompt * prompts.length + steps * policies.length);
  const rows: ConfirmedRow[] = [];
  try {
    const [first = ''] = prompts;
    const costs = await prepare(pipeline, first, policies, options, progress);
    for (const prompt of prompts) {
      const embeddings = await embedBranches(pipeline, prompt, options.guidance);
      const rounds: Round[] = [];
      for (let repeat = 0; repeat < repeats; repeat++)
        rounds.push(
          await runLockstep(pipeline, policies, embeddings, options, (what, step) =>
            progress.step(prompt, what, step),
          ),
        );
      const drifts = driftsOf(rounds);
      const measured = rowsOf(prompt, rounds, costs, (latent) => pipeline.toVideo(latent));
      rows.push(...measured.map((row, index) => ({ ...row, ...drifts[index] }) as ConfirmedRow));
    }
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
  return rows;
}

/** Of the first round: the latents of the others are the same. */
function driftsOf([first]: readonly Round[]): readonly Pick<ConfirmedRow, 'driftL1' | 'driftL2'>[] {
  return (first?.cached ?? []).map(({ latent }) => {
    const { l1, l2 } = latentDrift(latent, first?.plain.latent ?? latent);
    return { driftL1: l1, driftL2: l2 };
  });
}
