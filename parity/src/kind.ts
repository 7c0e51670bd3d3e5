import { objectAt } from './read.ts';
import type { Check } from './compare.ts';

/** A case as it stands in a file. */
export interface Case {
  readonly name: string;
  /** All its fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What may tell kinds apart that look alike: its name, its source, and then the file. */
  readonly hints: readonly string[];
}

/** What came of a case. */
export interface Ran {
  /** The id of the policy that ran. */
  readonly policy: string;
  readonly checks: readonly Check[];
  /** The source refuses the case before its first call, and so does the policy: there is nothing to compare. */
  readonly refused?: true;
}

/** Cases of one shape: whose rule they hold us to, and how they are run. */
export interface CaseKind {
  /** For example `cache-dit DBCache`. */
  readonly name: string;
  /** Repository and commit whose code made the expected decisions. */
  readonly source: string;
  /** True if the content may be a case of this kind. */
  recognises(content: Case): boolean;
  /** Found in the hints of its cases; asked only when several kinds recognise one. */
  readonly hint?: RegExp;
  /**
   * Runs the case through the executor and the policy.
   *
   * @throws CaseError when it has keys or values that this kind does not know
   */
  run(given: Case): Promise<Ran>;
}

/** A case from an entry of a file. */
export function caseOf(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  places: readonly string[],
): Case {
  const source = typeof fields['source'] === 'string' ? fields['source'] : '';
  return {
    name,
    fields,
    config: objectAt(fields, 'config'),
    inputs: objectAt(fields, 'inputs'),
    hints: [name, source, ...places],
  };
}

/**
 * The kinds that a case may be: by its content, and where that leaves several, by the first hint that speaks for one.
 *
 * @returns none for an unknown kind, several where nothing tells them apart
 */
export function kindsOf(given: Case, kinds: readonly CaseKind[]): readonly CaseKind[] {
  const possible = kinds.filter((kind) => kind.recognises(given));
  if (possible.length < 2) return possible;
  for (const hint of given.hints) {
    const meant = possible.filter((kind) => kind.hint?.test(hint));
    if (meant.length === 1) return meant;
  }
  return possible;
}

/** True if an object has one of these keys. */
export function hasAny(object: Readonly<Record<string, unknown>>, ...keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(object, key));
}

/** True if an object has all of these keys. */
export function hasAll(object: Readonly<Record<string, unknown>>, ...keys: readonly string[]): boolean {
  return keys.every((key) => Object.hasOwn(object, key));
}
