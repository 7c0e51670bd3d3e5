import {
  refrain,
  type DecisionRecord,
  type Policy,
  type RunOptions,
  type RunReport,
  type StepPlace,
} from '@refrain/core';
import { generate, placesOf, type Executor, type Generation, type InputOf } from '../toy/generate.ts';
import { linearModel } from '../toy/model.ts';
import { trackedRunner, type TrackedOptions, type TrackedRunner } from '../toy/tracked-runner.ts';
import type { Course } from '../walk/course.ts';
import { streamFor } from '../walk/shapes.ts';
import { optionsOf, type RunCase } from './run-case.ts';

/** A run that is executed, the policy of it, and what the input of the model is at each step. */
export interface SignalCase {
  readonly policy: Policy;
  readonly run: RunCase;
  readonly signal: readonly number[];
}

/** How a case is run, beyond what it says itself. */
export interface CaseOptions extends Partial<RunOptions> {
  /** The passes; all of them when left out. */
  readonly places?: readonly Required<StepPlace>[];
  /** How the runner behaves. */
  readonly tracked?: TrackedOptions;
  /** What caches; Refrain's own executor when left out. */
  readonly execute?: Executor;
}

/** The input of each pass: the signal, with another factor for every lane. */
export function inputOf(signal: readonly number[], factor = 1): InputOf {
  return ({ step, call, branch }) =>
    (signal[step] ?? 0) * factor * (1 + call) * (branch === 'conditional' ? 1 : 2);
}

/** A runner for a case. Its features are proportional to the input. */
export function runnerOf({ blocks, modules }: RunCase, options: TrackedOptions = {}): TrackedRunner {
  return trackedRunner({ ...options, model: { ...linearModel, blocks, modules, ...options.model } });
}

/** Runs a case on a toy whose features are counted. */
export function runCase(
  { run, policy, signal }: SignalCase,
  { places, tracked = {}, execute = refrain, ...options }: CaseOptions = {},
): Promise<Generation> {
  const all = { ...optionsOf(run), ...options };
  return generate(runnerOf(run, tracked), policy, all, inputOf(signal), places ?? placesOf(all), execute);
}

/** What a run did, as the laws look at it. */
export function courseOf({ policy, run }: Pick<SignalCase, 'policy' | 'run'>, report: RunReport): Course {
  const { decisions, passes } = report;
  return { policy, run, length: streamFor(run).length, passes, decisions };
}

/** True if a branch was given features of another one: it then depends on it by intention. */
export function borrows(decisions: readonly DecisionRecord[]): boolean {
  return decisions.some(({ branch, borrowed = [] }) => borrowed.some((term) => term.branch !== branch));
}

/** What was decided, without the numbers that led to it. */
export function verdicts(decisions: readonly DecisionRecord[]): readonly object[] {
  return decisions.map((record) => ({ ...record, measured: undefined, why: record.why.kind }));
}
