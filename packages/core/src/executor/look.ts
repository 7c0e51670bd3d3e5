import { RunnerError } from '../errors.ts';
import type { Pass, TapRequest } from '../pass/runner.ts';
import type { Workbench } from './workbench.ts';

/**
 * Asks a runner to look at taps at a position without computing further.
 *
 * @param runner - its name, for messages
 * @param bench - holds the stream, and becomes the owner of what comes
 * @throws RunnerError `RUNNER_CONTRACT` when it cannot look, or gives another number of features
 */
export async function askToLook<Feature extends object>(
  runner: string,
  pass: Pass<Feature, unknown>,
  at: number,
  requests: readonly TapRequest[],
  bench: Workbench<Feature>,
): Promise<readonly Feature[]> {
  if (!pass.look)
    throw new RunnerError(
      'RUNNER_CONTRACT',
      `[core] runner "${runner}" has no look(), which this policy needs`,
    );
  const features = await pass.look(at, bench.x, requests);
  bench.adoptAll(features);
  if (!Array.isArray(features) || features.length !== requests.length)
    throw new RunnerError(
      'RUNNER_CONTRACT',
      `[core] runner "${runner}": look() was asked for ${requests.length} taps and returned ${features?.length ?? typeof features}`,
    );
  return features;
}
