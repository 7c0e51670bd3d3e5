import type { DecisionRecord } from '@refrain/core';
import type { FuzzTally, LawFailure } from '@refrain/testing';

/** What came of fuzzing one policy. Plain data: survives JSON. */
export interface FuzzOutcome {
  /** The export, or the id. */
  readonly name: string;
  readonly seed: number;
  readonly tally: FuzzTally;
  readonly failure: FuzzFailure | null;
}

/** A broken law, for programs. */
export interface FuzzFailure {
  readonly law: string;
  readonly number: number;
  readonly statement: string;
  readonly reason: string;
  readonly matters: string;
  /** Id of the policy. */
  readonly policy: string;
  readonly run: LawFailure['given']['run'];
  /** What indicators show, or what the model is given, step by step. Numbers that JSON has not are texts. */
  readonly trace: readonly (number | string)[];
  /** True if `trace` is the input of the model. */
  readonly executed: boolean;
  readonly decisions: readonly DecisionRecord[];
  /** The offending one, by its index in `decisions`. */
  readonly offending: number | null;
  readonly seed: number;
  readonly path: string;
}

/** A failure as plain data. */
export function plainFailure({ property, given, breach, seed, path }: LawFailure): FuzzFailure {
  const values: readonly (number | string)[] = 'trace' in given ? given.trace : given.signal;
  return {
    law: property.name,
    number: property.law.number,
    statement: property.law.statement,
    reason: breach.reason,
    matters: property.law.matters,
    policy: given.policy.id,
    run: given.run,
    trace: values.map((value) =>
      typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
    ),
    executed: !('trace' in given),
    decisions: breach.course?.decisions ?? [],
    offending: breach.index ?? null,
    seed,
    path,
  };
}
