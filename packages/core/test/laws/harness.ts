import {
  listPolicies,
  parsePolicy,
  type DecisionRecord,
  type RunOptions,
  type StepPlace,
} from '@refrain/core';
import fc from 'fast-check';
import { generate, placesOf, timestepsOf, type Generation, type InputOf } from '../generate.ts';
import { policyCases, type RunCase } from '../policy/arbitraries.ts';
import { fuzz } from '../seed.ts';
import { linearModel, trackedRunner, type TrackedOptions, type TrackedRunner } from '../tracked-runner.ts';

/** A run, a policy that fits it, and what the input of the model is at each step. */
export interface LawCase {
  readonly run: RunCase;
  /** The policy by its id, which is all of it: what fails is easy to read, and to repeat. */
  readonly id: string;
  readonly signal: readonly number[];
}

/** Names of all policies of the catalogue: the laws hold for each. */
export const policyNames: readonly string[] = listPolicies().map(({ policyName }) => policyName);

/** Each law is tried on every policy, so that each gets a share of the runs. */
export const lawFuzz: typeof fuzz = { ...fuzz, numRuns: Math.max(25, Math.ceil(fuzz.numRuns / 2)) };

/** Finite inputs that make indicators small here and large there: flat, U-shaped, random, zero. */
export function finiteSignals(steps: number): fc.Arbitrary<readonly number[]> {
  const noise = fc.array(fc.integer({ min: -64, max: 64 }), { minLength: steps, maxLength: steps });
  return fc.oneof(
    fc.integer({ min: 1, max: 99 }).map((level) => Array.from({ length: steps }, () => level)),
    fc.constant(Array.from({ length: steps }, () => 0)),
    noise,
    noise.map((values) => values.map((value, step) => 4096 + 64 * (step - steps / 2) ** 2 + value)),
    noise.map((values) => values.map((value) => 4096 + value)),
  );
}

/** The same, with numbers that break arithmetic in between. */
export function wildSignals(steps: number): fc.Arbitrary<readonly number[]> {
  const odd = fc.constantFrom(Number.NaN, Infinity, -Infinity, 1e300, 1e-310, 5e-324, 1e39, 1e-46, 0, -0);
  const place = fc.tuple(fc.nat(steps - 1), odd);
  return fc.tuple(finiteSignals(steps), fc.array(place, { maxLength: 4 })).map(([signal, places]) => {
    const broken = [...signal];
    for (const [step, value] of places) broken[step] = value;
    return broken;
  });
}

/** Cases of a law for one policy. */
export function lawCases(
  name: string,
  signals: (steps: number) => fc.Arbitrary<readonly number[]> = finiteSignals,
): fc.Arbitrary<LawCase> {
  return policyCases(name).chain(({ run, id }) =>
    fc.record({ run: fc.constant(run), id: fc.constant(id), signal: signals(run.steps) }),
  );
}

/** The options of a case's run. */
export function optionsOf({ steps, branches, callsPerStep }: RunCase): RunOptions {
  return { timesteps: timestepsOf(steps), branches, callsPerStep };
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

/** Runs a case. */
export function runCase(
  { run, id, signal }: LawCase,
  options: Partial<RunOptions> = {},
  places: readonly Required<StepPlace>[] = placesOf(optionsOf(run)),
): Promise<Generation> {
  return generate(runnerOf(run), parsePolicy(id), { ...optionsOf(run), ...options }, inputOf(signal), places);
}

/** Some of the passes of a run: a step may be left out in one lane and not in another. */
export function someOf<T>(all: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc
    .array(fc.integer({ min: 0, max: 3 }), { minLength: all.length, maxLength: all.length })
    .map((keeps) => all.filter((_, index) => keeps[index] !== 0));
}

/** Decisions lane by lane, in order. */
export function lanesOf(decisions: readonly DecisionRecord[]): readonly (readonly DecisionRecord[])[] {
  return groupsOf(decisions, ({ branch, call }) => `${branch} ${call}`);
}

/** Decisions pass by pass, in order. */
export function passesOf(decisions: readonly DecisionRecord[]): readonly (readonly DecisionRecord[])[] {
  return groupsOf(decisions, ({ branch, call, step }) => `${branch} ${call} ${step}`);
}

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}

/** True if a branch was given features of another one: it then depends on it by intention. */
export function borrows(decisions: readonly DecisionRecord[]): boolean {
  return decisions.some(({ branch, borrowed = [] }) => borrowed.some((term) => term.branch !== branch));
}

/** What was decided, without the numbers that led to it. */
export function verdicts(decisions: readonly DecisionRecord[]): readonly object[] {
  return decisions.map((record) => ({ ...record, measured: undefined, why: record.why.kind }));
}
