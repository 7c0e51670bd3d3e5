import { kindsOf, type Case, type CaseKind, type Ran } from './kind.ts';
import { differenceOf, type Difference } from './compare.ts';

/** What came of a case. */
export interface Result {
  readonly name: string;
  /** The kind that it was run as; null when none recognised it. */
  readonly kind: string | null;
  /** The id of the policy that ran; null when none did. */
  readonly policy: string | null;
  readonly ok: boolean;
  /** What differs. */
  readonly differences: readonly Difference[];
  /** Why it could not be run. */
  readonly error?: string;
}

/**
 * Runs a case. One that could be of several kinds passes if it holds for one of them: its result says which.
 *
 * @param given - the case
 * @param kinds - all kinds
 */
export async function runCase(given: Case, kinds: readonly CaseKind[]): Promise<Result> {
  const possible = kindsOf(given, kinds);
  const results: Result[] = [];
  for (const kind of possible) {
    const result = await runAs(given, kind);
    if (result.ok) return result;
    results.push(result);
  }
  // A reading that could be run says more than one that could not.
  return results.find(({ error }) => error === undefined) ?? results[0] ?? unknown(given);
}

async function runAs(given: Case, kind: CaseKind): Promise<Result> {
  try {
    return judge(given, kind, await kind.run(given));
  } catch (error) {
    return { ...failed(given, error instanceof Error ? error.message : String(error)), kind: kind.name };
  }
}

function judge(given: Case, kind: CaseKind, { policy, checks, refused }: Ran): Result {
  if (!refused && checks.every(({ expected, actual }) => expected.length === 0 && actual.length === 0))
    return { ...failed(given, 'nothing to compare: the case has no calls'), kind: kind.name };
  const differences = checks.map(differenceOf).filter((difference) => difference !== undefined);
  return { name: given.name, kind: kind.name, policy, ok: differences.length === 0, differences };
}

function failed({ name }: Case, error: string): Result {
  return { name, kind: null, policy: null, ok: false, differences: [], error };
}

function unknown(given: Case): Result {
  const keys = (object: Readonly<Record<string, unknown>>): string =>
    Object.keys(object).join(', ') || 'none';
  return failed(
    given,
    `unknown kind of case: no kind has the fields ${keys(given.fields)} with the config keys ${keys(given.config)}`,
  );
}
