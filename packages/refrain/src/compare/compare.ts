import { join } from 'node:path';
import { parsePolicy, type Policy } from '@refrain/core';
import type { CostModel } from '@refrain/sim';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReportData } from '../report/report-data.ts';
import { renderReport } from '../report/render.ts';
import type { Comparison, Environment } from './comparison.ts';
import { currentLoad, describeEnvironment } from './environment.ts';
import { comparePrompt } from './compare-prompt.ts';
import { writeWhole } from './files.ts';
import type { CompareOptions, CompareProgress } from './options.ts';
import { prepare } from './prepare.ts';
import { isAbort } from './stopped.ts';
import { thresholdOf } from '@refrain/charts';
import { openStore, type ComparisonSettings, type FinishedPrompt } from './store.ts';

/**
 * Generates every prompt plainly and under every policy, and writes table data, report and videos as prompts finish. When
 * the signal fires, or something breaks, what is finished is written all the same.
 *
 * @returns the comparison; `complete` is false when it was stopped
 * @throws CommandError when results cannot be written or resumed; errors of model and policies pass
 */
export async function compare(
  pipeline: Pipeline,
  options: CompareOptions,
  progress: CompareProgress,
): Promise<Comparison> {
  const policies = options.policies.map((id) => parsePolicy(id));
  const loadAtStart = currentLoad();
  const finished = new Map<string, FinishedPrompt>();
  const failure = await finishAll(pipeline, policies, options, progress, finished).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const inOrder = options.prompts.flatMap((prompt) => finished.get(prompt) ?? []);
  const environment = describeEnvironment(pipeline, options.threads, loadAtStart);
  const comparison = comparisonOf(pipeline, options, environment, inOrder);
  // Nothing finished is no reason to overwrite what an earlier run left in the folder.
  if (inOrder.length > 0) await writeResults(comparison, inOrder, policies, options);
  if (failure && !isAbort(failure.error)) throw failure.error;
  return comparison;
}

/** Prompts that an earlier run finished first: a mismatch shows before any work. Then the others, each kept at once. */
async function finishAll(
  pipeline: Pipeline,
  policies: readonly Policy[],
  options: CompareOptions,
  progress: CompareProgress,
  finished: Map<string, FinishedPrompt>,
): Promise<void> {
  const store = openStore(options.folder, settingsOf(pipeline, options));
  const ids = policies.map(({ id }) => id);
  if (!options.resume) await store.clear();
  for (const prompt of options.resume ? options.prompts : []) {
    const earlier = await store.load(prompt, ids);
    if (earlier) finished.set(prompt, earlier);
  }
  const perPrompt = options.steps * (1 + options.repeats * (policies.length + 1));
  progress.begin(perPrompt * options.prompts.length + options.steps * policies.length);
  for (const prompt of finished.keys()) progress.skip(prompt, perPrompt);
  let costs: CostModel | undefined;
  for (const prompt of options.prompts) {
    if (finished.has(prompt)) continue;
    costs ??= await prepare(pipeline, prompt, policies, options, progress);
    const newest = await comparePrompt(pipeline, prompt, policies, costs, options, progress);
    await store.save(newest);
    finished.set(prompt, newest);
  }
}

function comparisonOf(
  pipeline: Pipeline,
  options: CompareOptions,
  environment: Environment,
  finished: readonly FinishedPrompt[],
): Comparison {
  const { steps, guidance, shift, seed, repeats, prompts } = options;
  return {
    format: 1,
    model: pipeline.name,
    steps,
    guidance,
    shift,
    seed,
    repeats,
    environment,
    complete: finished.length === prompts.length,
    rows: finished.flatMap(({ rows }) => rows),
  };
}

function settingsOf(pipeline: Pipeline, options: CompareOptions): ComparisonSettings {
  const { steps, guidance, shift, seed, repeats, threads } = options;
  const { name: model, fingerprint, provider } = pipeline;
  const { refrain, cpu, runtime } = describeEnvironment(pipeline, threads, 0);
  return {
    model,
    fingerprint,
    steps,
    guidance,
    shift,
    seed,
    repeats,
    provider,
    threads,
    refrain,
    cpu,
    runtime,
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
