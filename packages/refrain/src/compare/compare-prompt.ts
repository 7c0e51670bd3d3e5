import { parsePolicy, streamOf, type Policy, type Stream } from '@refrain/core';
import type { CostModel } from '@refrain/sim';
import { carryThrough, embedBranches, startCached } from '../pipeline/generation.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { PromptReport } from '../report/report-data.ts';
import { heatMapOf, timelinesOf } from '@refrain/charts';
import { runLockstep, type Round } from './lockstep.ts';
import type { CompareOptions, CompareProgress } from './options.ts';
import { rowsOf } from './rows.ts';
import type { FinishedPrompt } from './store.ts';
import { publishVideo } from './videos.ts';

/**
 * Generates one prompt plainly and under every policy, measures its heat map, and publishes its videos.
 *
 * @param costs - what each site costs, for the ideal speed-up
 */
export async function comparePrompt(
  pipeline: Pipeline,
  prompt: string,
  policies: readonly Policy[],
  costs: CostModel,
  options: CompareOptions,
  progress: CompareProgress,
): Promise<FinishedPrompt> {
  const embeddings = await embedBranches(pipeline, prompt, options.guidance);
  const stream = streamOf(pipeline.runner.sites, pipeline.runner.conditioning);
  const watching = startCached(pipeline, parsePolicy('watch(tap=both)'), embeddings, options);
  const watched = await carryThrough(watching, options, (step) => progress.step(prompt, 'watch', step));
  const rounds: Round[] = [];
  for (let repeat = 0; repeat < options.repeats; repeat++)
    rounds.push(
      await runLockstep(pipeline, policies, embeddings, options, (what, step) =>
        progress.step(prompt, what, step),
      ),
    );
  return {
    prompt,
    policies: policies.map(({ id }) => id),
    rows: rowsOf(prompt, rounds, costs, (latent) => pipeline.toVideo(latent)),
    report: await reportPrompt(
      pipeline,
      prompt,
      rounds,
      heatMapOf(watched, blockNames(stream)),
      stream,
      options.folder,
    ),
  };
}

async function reportPrompt(
  pipeline: Pipeline,
  prompt: string,
  rounds: readonly Round[],
  heat: PromptReport['heat'],
  stream: Stream,
  folder: string,
): Promise<PromptReport> {
  const [first] = rounds;
  if (!first) throw new RangeError('a comparison needs at least one round');
  const videos = [await publishVideo(folder, prompt, 'plain', pipeline.toVideo(first.plain.latent))];
  for (const { policy, latent } of first.cached)
    videos.push(await publishVideo(folder, prompt, policy.id, pipeline.toVideo(latent)));
  return {
    prompt,
    videos,
    heat,
    timelines: first.cached.flatMap(({ report }) => timelinesOf(report, stream)),
  };
}

function blockNames(stream: Stream): readonly string[] {
  return stream.blocks.map(({ name }) => name);
}
