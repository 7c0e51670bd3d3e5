import type { BlockRunner } from '../pass/runner.ts';
import type { Stream } from '../pass/site.ts';
import { streamOf } from '../pass/stream.ts';
import { specialOperations, type Policy } from '../policy/policy.ts';
import { Holdings } from './holdings.ts';
import { requireNeeds } from './needs.ts';
import { Recorder } from './recorder.ts';
import { CachedRun, type Run } from './run.ts';
import { resolveRunOptions, type RunOptions } from './run-options.ts';

/** A runner with a policy, ready to start generations. */
export interface CachedModel<Input, Output> {
  readonly policy: Policy;
  /** The runner's sites, ordered and checked. */
  readonly stream: Stream;
  /**
   * Starts one generation.
   *
   * @throws RunError `RUN_OPTIONS`
   */
  start(options: RunOptions): Run<Input, Output>;
}

/**
 * Wraps a runner with a caching policy.
 *
 * @param runner - runs the blocks of a model; stays yours, `refrain` disposes of features but never of the runner
 * @param policy - decides what to compute and what to reuse
 * @throws RunnerError `RUNNER_CONTRACT` when the runner's sites do not form a stream
 * @throws PolicyError `POLICY_NEEDS` when the policy needs what the runner does not offer
 *
 * @example
 * ```ts
 * const fast = refrain(runner, bwcache({ threshold: 0.15 }));
 * const run = fast.start({ timesteps });
 * for (const [step, timestep] of timesteps.entries()) {
 *   const velocity = await run.step({ sample, timestep }, { step });
 *   sample = eulerStep(sample, velocity, step);
 * }
 * console.log(run.report().reuseRate);
 * ```
 */
export function refrain<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  policy: Policy,
): CachedModel<Input, Output> {
  const stream = streamOf(runner.sites, runner.conditioning);
  const { name, ops, model } = runner;
  const operations = new Set(specialOperations.filter((operation) => ops[operation] !== undefined));
  requireNeeds(policy, { name, stream, model: model !== undefined, operations });
  return {
    policy,
    stream,
    start(given) {
      const options = resolveRunOptions(given);
      const holdings = new Holdings<Feature>(runner.ops, options.maxBytes);
      const recorder = new Recorder(options.now, options.onDecision);
      return new CachedRun({ runner, policy, stream, options, holdings, recorder });
    },
  };
}
