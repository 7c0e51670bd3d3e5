import fc from 'fast-check';
import type { Breach } from './law.ts';
import { minimise } from './minimise.ts';
import type { LawProperty, PolicyCase } from './properties.ts';

/** How a property is tried. */
export interface TryOptions {
  /** Cases; 100 when left out. */
  readonly numRuns?: number;
  /** Of the random cases; a random one when left out. */
  readonly seed?: number;
  /** Where to begin, as a failure tells it: leads to the same case at once. */
  readonly path?: string;
}

/** A law that is broken, on the smallest case that was found. */
export interface LawFailure {
  readonly property: Pick<LawProperty, 'name' | 'title' | 'law'>;
  readonly given: PolicyCase;
  readonly breach: Breach;
  /** Both together lead to the case at once. */
  readonly seed: number;
  readonly path: string;
  /** Cases that were tried before it. */
  readonly cases: number;
  /** How often the case was made smaller. */
  readonly shrinks: number;
}

/** A breach on its way through the test runner of fast-check. */
class Broken extends Error {}

/**
 * Tries a property on random cases and makes the first that breaks it as small as it can.
 *
 * @param property - a law
 * @param options - how many cases, and which
 * @returns the failure; undefined if there is none
 */
export async function tryProperty(
  property: LawProperty,
  options: TryOptions = {},
): Promise<LawFailure | undefined> {
  const { cases, breach } = property;
  const details = await fc.check(
    fc.asyncProperty(cases, async (given) => {
      const broken = await breachOf(breach, given);
      if (broken) throw new Broken(broken.reason);
    }),
    options,
  );
  if (!details.failed) return undefined;
  const [found] = details.counterexample ?? [];
  if (!found) throw details.errorInstance;
  const given = await minimise(found, async (smaller) => (await breachOf(breach, smaller)) !== undefined);
  return {
    property,
    given,
    breach: (await breachOf(breach, given)) ?? { reason: 'it fails now and then on the same case' },
    seed: details.seed,
    path: details.counterexamplePath ?? '',
    cases: details.numRuns,
    shrinks: details.numShrinks,
  };
}

/** What throws is broken too. */
async function breachOf(breach: LawProperty['breach'], given: PolicyCase): Promise<Breach | undefined> {
  try {
    return await breach(given);
  } catch (error) {
    return { reason: `it fails: ${error instanceof Error ? error.message : String(error)}` };
  }
}
