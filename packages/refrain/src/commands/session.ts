import type { CommandContext, SharedOptions } from '../cli/context.ts';
import { gatherPolicies, gatherPrompts } from '../cli/prompts.ts';
import type { Terminal } from '../cli/terminal.ts';
import { requireEncoder } from '../compare/videos.ts';
import { openPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { openResults } from './results.ts';

/** Everything that a command has checked before its work begins. */
export interface Session {
  readonly terminal: Terminal;
  readonly pipeline: Pipeline;
  /** Policy ids in canonical form. */
  readonly policies: readonly string[];
  readonly prompts: readonly string[];
  readonly steps: number;
  readonly guidance: number;
  readonly shift: number;
  readonly seed: number;
  readonly threads: number;
}

/** What a command uses where the user gave nothing. */
export interface SessionDefaults {
  readonly policies: readonly string[];
  readonly prompts: readonly string[];
}

/**
 * Reads options, checks policies and prompts, and opens the model: every mistake shows before the first step.
 *
 * @param given - prompts from the command line besides `--prompt`
 */
export async function openSession(
  context: CommandContext,
  given: readonly string[],
  options: SharedOptions,
  defaults: SessionDefaults,
): Promise<Session> {
  const terminal = await openResults(context, options);
  await requireEncoder();
  const policies = await gatherPolicies(options, defaults.policies);
  const gathered = await gatherPrompts([...given, ...(options.prompt ?? [])], options.prompts);
  const prompts = gathered.length > 0 ? gathered : defaults.prompts;
  const { model, provider, threads, seed } = options;
  const pipeline = await openPipeline({
    ...(model !== undefined && { model }),
    providers: provider,
    threads,
  });
  try {
    for (const prompt of prompts) await pipeline.embed(prompt);
  } catch (error) {
    await pipeline.dispose();
    throw error;
  }
  if (pipeline.verification !== 'verified')
    terminal.note(
      `The model files have no checksums (${pipeline.verification}): their integrity is not known.`,
    );
  const { sampler } = pipeline.config;
  const { steps = sampler.steps, guidance = sampler.guidanceScale, shift = sampler.shift } = options;
  return { terminal, pipeline, policies, prompts, steps, guidance, shift, seed, threads };
}
