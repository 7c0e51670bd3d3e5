import { join } from 'node:path';
import { parsePolicy, type Policy } from '@refrain/core';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReportData } from '../report/report-data.ts';
import { renderReport } from '../report/render.ts';
import type { Comparison } from './comparison.ts';
import { currentLoad, describeEnvironment } from './environment.ts';
import { comparePrompt } from './compare-prompt.ts';
import { writeWhole } from './files.ts';
import type { CompareOptions, CompareProgress } from './options.ts';
import { prepare } from './prepare.ts';
import type { SiteCosts } from './site-costs.ts';
import { openStore, type ComparisonSettings, type FinishedPrompt } from './store.ts';

/**
 * Generates every prompt plainly and under every policy, and writes table data, report and videos as prompts finish.
 * When the signal fires, what is finished is written all the same and `complete` is false.
 *
 * @throws CommandError when results cannot be written or resumed; errors of model and policies pass
 */
export async function compare(
  pipeline: Pipeline,
  options: CompareOptions,
  progress: CompareProgress,
): Promise<Comparison> {
  const policies = options.policies.map((id) => parsePolicy(id));
  const loadAtStart = currentLoad();
  const finished: FinishedPrompt[] = [];
  try {
    for await (const prompt of finishPrompts(pipeline, policies, options, progress)) finished.push(prompt);
  } catch (error) {
    if (!options.signal.aborted) throw error;
  }
  const { steps, guidance, shift, seed, repeats, threads } = options;
  const comparison: Comparison = {
    format: 1,
    model: pipeline.name,
    steps,
    guidance,
    shift,
    seed,
    repeats,
    environment: describeEnvironment(pipeline.provider, threads, loadAtStart),
    complete: finished.length === options.prompts.length,
    rows: finished.flatMap(({ rows }) => rows),
  };
  await writeResults(comparison, finished, policies, options);
  return comparison;
}

/** One prompt after the other: taken from an earlier run where there is one, else generated and kept. */
async function* finishPrompts(
  pipeline: Pipeline,
  policies: readonly Policy[],
  options: CompareOptions,
  progress: CompareProgress,
): AsyncGenerator<FinishedPrompt> {
  const store = openStore(options.folder, settingsOf(pipeline, options));
  const ids = policies.map(({ id }) => id);
  const perPrompt = options.steps * (1 + options.repeats * (policies.length + 1));
  progress.begin(perPrompt * options.prompts.length + options.steps * policies.length);
  let costs: SiteCosts | undefined;
  for (const prompt of options.prompts) {
    const earlier = options.resume ? await store.load(prompt, ids) : undefined;
    if (earlier) {
      progress.skip(prompt, perPrompt);
      yield earlier;
      continue;
    }
    costs ??= await prepare(pipeline, prompt, policies, options, progress);
    const finished = await comparePrompt(pipeline, prompt, policies, costs, options, progress);
    await store.save(finished);
    yield finished;
  }
}

function settingsOf(pipeline: Pipeline, options: CompareOptions): ComparisonSettings {
  const { steps, guidance, shift, seed, repeats, threads } = options;
  return {
    model: pipeline.name,
    steps,
    guidance,
    shift,
    seed,
    repeats,
    provider: pipeline.provider,
    threads,
  };
}

async function writeResults(
  comparison: Comparison,
  finished: readonly FinishedPrompt[],
  policies: readonly Policy[],
  options: CompareOptions,
): Promise<void> {
  const data: ReportData = {
    made: new Date().toISOString(),
    comparison,
    prompts: finished.map(({ report }) => report),
    thresholds: policies.flatMap(thresholdOf),
    ...(options.command === undefined ? {} : { command: options.command }),
  };
  await writeWhole(join(options.folder, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  await writeWhole(join(options.folder, 'report.html'), renderReport(data));
}

function thresholdOf({ id, criterion }: Policy): ReportData['thresholds'] {
  return criterion ? [{ policy: id, value: criterion.threshold, on: criterion.mean }] : [];
}
