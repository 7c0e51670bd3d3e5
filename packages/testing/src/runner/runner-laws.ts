import { streamOf, type BlockRunner, type MaybePromise } from '@refrain/core';
import fc from 'fast-check';
import { timestepsOf } from '../cases/run-case.ts';
import { TestingError } from '../errors.ts';
import type { TestFunction } from '../laws/policy-laws.ts';
import type { TryOptions } from '../laws/try-property.ts';
import { arithmetic } from './arithmetic.ts';
import { boundedDrift } from './drift.ts';
import type { AnySubject, RunnerCase, RunnerLaw } from './law.ts';
import { modelSite } from './model-site.ts';
import { cuts, fresh, repeatable, sideBySide, taps, values } from './passes.ts';
import { engages, exactWhenOff, leavesNothing } from './runs.ts';
import type { MeasureDrift, RunnerCapabilities, RunnerUse, Subject } from './subject.ts';

/** The laws of runners. */
export const runnerLawCatalogue: readonly RunnerLaw[] = [
  repeatable,
  fresh,
  cuts,
  taps,
  values,
  sideBySide,
  arithmetic,
  modelSite,
  exactWhenOff,
  engages,
  leavesNothing,
  boundedDrift,
];

/** How a runner is used, what it is not, how often each law is tried, and where tests are registered. */
export interface RunnerLawOptions<Input, Output> extends RunnerUse<Input, Output>, TryOptions {
  /** Where to register a test for each law; left out, nothing is registered: call {@link NamedRunnerLaw.assert} yourself. */
  readonly test?: TestFunction;
  /** What the runner is not, or is beyond the laws. */
  readonly capabilities?: RunnerCapabilities;
  /** Law 13, for runners with known constants. */
  readonly drift?: MeasureDrift;
}

/** A law of a runner, ready to be tried. */
export interface NamedRunnerLaw {
  readonly name: string;
  /** For the reader of test results. */
  readonly title: string;
  /**
   * Tries it, and throws what was found.
   *
   * @returns why the runner is not under this law, if it is not
   * @throws TestingError `LAW_BROKEN` with the law, the reason, the smallest case, seed and path
   */
  assert(options?: TryOptions): Promise<string | undefined>;
}

/**
 * The laws that every runner keeps, as named properties of yours: certify an adapter with them. Each is tried on 20 cases
 * unless said otherwise, since models are slow.
 *
 * @param factory - makes the runner; called once, when the first law is tried
 * @param options - inputs, how to read outputs, what the runner is not, the `test` function of your test runner
 *
 * @example
 * ```ts
 * import { test } from 'vitest';
 * runnerLaws(() => myRunner(), {
 *   test,
 *   input: ({ timestep }, variant) => ({ sample: noise(variant), timestep }),
 *   numbers: (output) => output,
 * });
 * ```
 */
export function runnerLaws<Input, Feature extends object, Output>(
  factory: () => MaybePromise<BlockRunner<Input, Feature, Output>>,
  options: RunnerLawOptions<Input, Output>,
): readonly NamedRunnerLaw[] {
  let made: Promise<AnySubject> | undefined;
  const subject = (): Promise<AnySubject> => (made ??= open(factory, options));
  const laws = runnerLawCatalogue.map((law): NamedRunnerLaw => ({
    name: law.name,
    title: `${law.name}: ${law.statement}`,
    assert: async (more) => tryLaw(law, await subject(), { ...tries(options), ...more }),
  }));
  const { test } = options;
  if (test) for (const law of laws) test(law.title, async () => void (await law.assert()));
  return laws;
}

async function open<Input, Feature extends object, Output>(
  factory: () => MaybePromise<BlockRunner<Input, Feature, Output>>,
  { drift, capabilities = {}, ...use }: RunnerLawOptions<Input, Output>,
): Promise<AnySubject> {
  const runner = await factory();
  // The sites are checked by this: they tile the stream, and their names are unique.
  const { length } = streamOf(runner.sites, runner.conditioning);
  const { timesteps = timestepsOf(6), branches = ['conditional'] } = use;
  const subject: Subject<Input, Feature, Output> = { runner, use, capabilities, timesteps, branches, length };
  // Features are only ever handed back to the runner that they came from.
  return { ...(subject as unknown as AnySubject), ...(drift && { drift }) };
}

function tries({ numRuns = 20, seed, path }: TryOptions): TryOptions {
  return { numRuns, ...(seed !== undefined && { seed }), ...(path !== undefined && { path }) };
}

async function tryLaw(law: RunnerLaw, subject: AnySubject, options: TryOptions): Promise<string | undefined> {
  const excuse = law.excused?.(subject);
  if (excuse !== undefined) return excuse;
  const problemOf = async (given: RunnerCase): Promise<string | undefined> => {
    try {
      return await law.problem(subject, given);
    } catch (error) {
      return `it fails: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const details = await fc.check(
    fc.asyncProperty(law.cases(subject), async (given) => {
      const problem = await problemOf(given);
      if (problem !== undefined) throw new Error(problem);
    }),
    options,
  );
  if (!details.failed) return undefined;
  const [given] = details.counterexample ?? [];
  const problem = given ? await problemOf(given) : undefined;
  throw new TestingError(
    'LAW_BROKEN',
    [
      `[testing] ${law.name} is broken by runner "${subject.runner.name}"`,
      '',
      `  law      ${law.statement}`,
      `  found    ${problem ?? 'it fails now and then on the same case'}`,
      `  matters  ${law.matters}`,
      `  case     ${given ? `step ${given.step}, input ${given.variant}, cut at ${given.cuts.join(', ') || 'no position'}, dice ${given.dice}` : 'none'}`,
      `  again with seed ${details.seed} and path "${details.counterexamplePath}"`,
    ].join('\n'),
  );
}
