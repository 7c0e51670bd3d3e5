import type { PolicySource } from '../cases/policy-source.ts';
import { TestingError } from '../errors.ts';
import { describeFailure } from '../fuzz/describe-failure.ts';
import { propertiesOf, type PropertyOptions } from './properties.ts';
import { tryProperty, type LawFailure, type TryOptions } from './try-property.ts';

/** Registers a test: `test` of vitest or of node:test, or anything that takes a title and a function. */
export type TestFunction = (title: string, run: () => Promise<void>) => unknown;

/** What the laws are tried on, how often, and where their tests are registered. */
export interface PolicyLawOptions extends PropertyOptions, TryOptions {
  /** Where to register a test for each law; left out, nothing is registered: call {@link NamedLaw.assert} yourself. */
  readonly test?: TestFunction;
}

/** A law of a policy, ready to be tried. */
export interface NamedLaw {
  /** For options and reports: `bounded-age`; `bounded-age/run` where it is tried on whole runs. */
  readonly name: string;
  /** For the reader of test results. */
  readonly title: string;
  /** Tries it. */
  check(options?: TryOptions): Promise<LawFailure | undefined>;
  /**
   * Tries it, and throws what was found.
   *
   * @throws TestingError `LAW_BROKEN` with the law, the reason, the smallest case, the timeline of its decisions, seed and path
   */
  assert(options?: TryOptions): Promise<void>;
}

/**
 * The laws that every caching policy keeps, as named properties of yours.
 *
 * @param source - a policy, a factory made with `definePolicy` (its options are drawn at random), or a function that makes
 * arbitrary policies for the shape of a run
 * @param options - the `test` function of your test runner; what the policy claims; how many cases
 * @throws TestingError `OPTION_INVALID` when a law is named that does not exist; `CASES_UNSUITABLE` for a factory of
 * combinators
 *
 * @example
 * ```ts
 * import { test } from 'vitest';
 * policyLaws(myPolicy, { test, numRuns: 500 });
 * ```
 */
export function policyLaws(source: PolicySource, options: PolicyLawOptions = {}): readonly NamedLaw[] {
  const { test, numRuns, seed, path } = options;
  const given: TryOptions = {
    ...(numRuns !== undefined && { numRuns }),
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  };
  const laws = propertiesOf(source, options).map((property): NamedLaw => {
    const check = (more: TryOptions = {}): Promise<LawFailure | undefined> =>
      tryProperty(property, { ...given, ...more });
    return {
      name: property.name,
      title: property.title,
      check,
      async assert(more) {
        const failure = await check(more);
        if (failure) throw new TestingError('LAW_BROKEN', describeFailure(failure));
      },
    };
  });
  if (test) for (const law of laws) test(law.title, () => law.assert());
  return laws;
}
