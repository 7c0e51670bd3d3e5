import type fc from 'fast-check';
import type { SignalCase } from '../cases/executed.ts';
import type { PolicySource, WalkCase } from '../cases/policy-source.ts';
import type { RunCase } from '../cases/run-case.ts';
import type { Executor } from '../toy/generate.ts';
import type { Course } from '../walk/course.ts';

/** That a law is broken, and where. */
export interface Breach {
  /** What was expected and what came. */
  readonly reason: string;
  /** Where it can be seen, unless it can be seen in the case itself. */
  readonly course?: Course;
  /** The offending decision, by its index in the course. */
  readonly index?: number;
}

/** What a policy is and does not have to be: groups of laws are switched off by it, and by nothing else. */
export interface PolicyCapabilities {
  /** It replays decisions that were taken elsewhere, and may ask for what this run has not kept. */
  readonly replays?: boolean;
  /** It divides what it measures by something of its own, so that a zero reference is not in its way. */
  readonly ownDenominator?: boolean;
  /** It has a threshold, and a larger one never delays the first reuse: law 11 is claimed. */
  readonly monotone?: boolean;
}

/** What the laws are tried with. */
export interface LawSetting {
  readonly capabilities: PolicyCapabilities;
  /** What caches: Refrain's own executor, or one that should behave as it does. */
  readonly execute: Executor;
}

/** A check that executes whole runs on a toy model. */
export interface ExecutedCheck {
  /** What is checked, as the title of a test. */
  readonly title: string;
  /** Cases of it. What is drawn beyond policy, run and signal is its own affair. */
  cases(source: PolicySource, runs?: fc.Arbitrary<RunCase>): fc.Arbitrary<ExecutedCase>;
  /** Runs a case. */
  check(given: ExecutedCase, setting: LawSetting): Promise<Breach | undefined>;
}

/** A case of an {@link ExecutedCheck}. */
export interface ExecutedCase extends SignalCase {
  readonly extra: unknown;
}

/** A law that every policy keeps. */
export interface PolicyLaw {
  /** Its name in titles, options and reports: `bounded-age`. */
  readonly name: string;
  /** Its number in the list of laws. */
  readonly number: number;
  /** What it says, in one sentence. */
  readonly statement: string;
  /** Why it matters. */
  readonly matters: string;
  /** The public fault that it would have caught. */
  readonly fault: string;
  /** False if the policy is not under this law. */
  applies?(capabilities: PolicyCapabilities): boolean;
  /** It speaks of runs in which all goes well: it is tried on finite inputs only. */
  readonly whenAllGoesWell?: true;
  /** Looks at what a policy did, walked and executed. */
  course?(course: Course, setting: LawSetting): Breach | undefined;
  /** Walks a case again under other circumstances; `course` is the walk as it is. */
  walk?(given: WalkCase, course: Course, setting: LawSetting): Breach | undefined;
  /** Checks that need features. */
  readonly runs?: readonly ExecutedCheck[];
}
