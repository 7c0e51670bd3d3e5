import { parsePolicy, type RunReport } from '@refrain/core';
import { calibrationMethods } from '../calibrate/methods.ts';
import type { CommandContext, SharedOptions } from '../cli/context.ts';
import { startPace } from '../cli/progress.ts';
import { defaultPrompts } from '../compare/defaults.ts';
import { CommandError } from '../errors.ts';
import { carryThrough, embedBranches, startCached } from '../pipeline/generation.ts';
import { writeJson } from './results.ts';
import { openSession, type Session } from './session.ts';

/** Options of `refrain calibrate`, as read. */
export interface CalibrateOptions extends SharedOptions {
  readonly threshold?: number;
}

/** `refrain calibrate`: finds the constants of a policy for a model, and prints the policy that has them. */
export async function calibration(
  context: CommandContext,
  policy: string,
  options: CalibrateOptions,
): Promise<void> {
  const method = Object.hasOwn(calibrationMethods, policy) ? calibrationMethods[policy] : undefined;
  if (!method)
    throw new CommandError(
      'OPTION_INVALID',
      `[refrain] cannot calibrate "${policy}": expected one of ${Object.keys(calibrationMethods).join(', ')}`,
    );
  const session = await openSession(context, [], options, {
    policies: [method.measuring],
    prompts: defaultPrompts,
  });
  try {
    const reports = await measureAll(context, session, method.measuring);
    const { steps, guidance, shift, seed, prompts } = session;
    const id = method.calibrated(reports, options.threshold ?? method.threshold);
    session.terminal.endProgress();
    session.terminal.print(id);
    await writeJson(context, options, {
      policy: id,
      model: session.pipeline.name,
      steps,
      guidance,
      shift,
      seed,
      prompts,
    });
  } finally {
    session.terminal.endProgress();
    await session.pipeline.dispose();
  }
}

async function measureAll(
  { signal }: CommandContext,
  session: Session,
  measuring: string,
): Promise<readonly RunReport[]> {
  const { pipeline, prompts, steps, guidance, shift, seed, terminal } = session;
  const pace = startPace(prompts.length * steps);
  const reports: RunReport[] = [];
  for (const prompt of prompts) {
    const embeddings = await embedBranches(pipeline, prompt, guidance);
    const running = startCached(pipeline, parsePolicy(measuring), embeddings, {
      steps,
      guidance,
      shift,
      seed,
      signal,
    });
    reports.push(
      await carryThrough(running, { steps, signal }, (step) => {
        pace.advance(1);
        terminal.progress(`${pace.describe()} · ${prompt} · step ${step + 1}/${steps}`);
      }),
    );
  }
  return reports;
}
