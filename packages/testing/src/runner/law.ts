import type fc from 'fast-check';
import type { MeasureDrift, Subject } from './subject.ts';

/** A law that every runner keeps. */
export interface RunnerLaw {
  /** Its name in titles and reports: `cuts`. */
  readonly name: string;
  /** What it says, in one sentence. */
  readonly statement: string;
  /** Why it matters. */
  readonly matters: string;
  /** The public fault that it would have caught. */
  readonly fault: string;
  /** Not under this law, and why; undefined if it is. */
  excused?(subject: AnySubject): string | undefined;
  /** Cases of it. */
  cases(subject: AnySubject): fc.Arbitrary<RunnerCase>;
  /** What is wrong with a case; undefined if nothing is. */
  problem(subject: AnySubject, given: RunnerCase): Promise<string | undefined>;
}

/** A runner of whatever features. */
export type AnySubject = Subject<unknown, object, unknown> & { readonly drift?: MeasureDrift };

/** A case: which pass of which input, where it is cut, and what else a law draws. */
export interface RunnerCase {
  readonly step: number;
  readonly variant: number;
  /** Positions, ascending. */
  readonly cuts: readonly number[];
  /** Anything from 0 on. */
  readonly dice: number;
}
