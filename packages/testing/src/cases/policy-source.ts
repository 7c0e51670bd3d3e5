import {
  listPolicies,
  PolicyError,
  requireNeeds,
  specialOperations,
  type AnyPolicyFactory,
  type Policy,
} from '@refrain/core';
import fc from 'fast-check';
import { guidedOnly, modulesFor } from '../policies/attention-policies.ts';
import { policyTable } from '../policies/policies.ts';
import { randomPolicies } from '../policies/random-options.ts';
import { shapeOf, streamFor } from '../walk/shapes.ts';
import type { PolicyCapabilities } from '../laws/law.ts';
import type { SignalCase } from './executed.ts';
import { runCases, type RunCase } from './run-case.ts';
import { finiteSignals, wildSignals } from './signals.ts';
import { indicatorTraces, type IndicatorTrace } from './traces.ts';

/** Makes arbitrary policies that suit a run. */
export type PolicyArbitrary = (run: RunCase) => fc.Arbitrary<Policy>;

/**
 * What is tried: one policy; a factory made with `definePolicy`, with all kinds of valid options; or a function that makes
 * arbitrary policies for the shape of a run.
 */
export type PolicySource = Policy | AnyPolicyFactory | PolicyArbitrary;

/** A policy, a run, and what its indicators show. */
export interface WalkCase {
  readonly policy: Policy;
  readonly run: RunCase;
  readonly trace: IndicatorTrace;
}

/** A policy and a run that it fits. */
export type FittingCase = Pick<WalkCase, 'policy' | 'run'>;

/** Policies of a source, each with a run that it can work for. */
function fittingCases(
  source: PolicySource,
  runs: fc.Arbitrary<RunCase> = runsFor(source),
): fc.Arbitrary<FittingCase> {
  const policies = policiesOf(source);
  return runs
    .chain((run) => fc.record({ run: fc.constant(run), policy: policies(run) }))
    .filter(({ run, policy }) => fits(policy, run));
}

/** Cases for a walk. */
export function walkCases(source: PolicySource, runs?: fc.Arbitrary<RunCase>): fc.Arbitrary<WalkCase> {
  return fittingCases(source, runs).chain(({ run, policy }) =>
    fc.record({ policy: fc.constant(policy), run: fc.constant(run), trace: indicatorTraces(run.steps) }),
  );
}

/** Cases that are executed. */
export function signalCases(
  source: PolicySource,
  signals: (steps: number) => fc.Arbitrary<readonly number[]> = (steps) =>
    fc.oneof(finiteSignals(steps), wildSignals(steps)),
  runs?: fc.Arbitrary<RunCase>,
): fc.Arbitrary<SignalCase> {
  return fittingCases(source, runs).chain(({ run, policy }) =>
    fc.record({ policy: fc.constant(policy), run: fc.constant(run), signal: signals(run.steps) }),
  );
}

/** The registered policy of a name, with valid random options. */
export function registered(name: string): PolicyArbitrary {
  return (run) => policyTable[name]?.(run) ?? fc.constantFrom();
}

/** Shapes of runs for a registered policy: where it needs certain modules or two branches, they are there. */
export function registeredRuns(name: string): fc.Arbitrary<RunCase> {
  const branches = ['conditional', 'unconditional'];
  return runCases(modulesFor[name]).map((run) => (guidedOnly.has(name) ? { ...run, branches } : run));
}

/** What a registered policy does not have to be. */
export function registeredCapabilities(name: string): PolicyCapabilities {
  const combines = listPolicies().some((one) => one.policyName === name && one.combines !== undefined);
  // A trace is followed whatever was kept. EasyCache divides the change of the sample by the size of the output, and may
  // be one of several policies.
  return { replays: name === 'recorded', ownDenominator: combines || name === 'easycache' };
}

function policiesOf(source: PolicySource): PolicyArbitrary {
  if (isFactory(source)) {
    const made = randomPolicies(source);
    return () => made;
  }
  return typeof source === 'function' ? source : () => fc.constant(source);
}

function runsFor(source: PolicySource): fc.Arbitrary<RunCase> {
  const needs = 'needs' in source ? source.needs : undefined;
  const runs = runCases();
  return needs?.branches === 'two'
    ? runs.map((run) => ({ ...run, branches: ['conditional', 'unconditional'] }))
    : runs;
}

function isFactory(source: PolicySource): source is AnyPolicyFactory {
  return 'policyName' in source;
}

const operations = new Set(specialOperations);

/** True if a toy runner of this shape offers what the policy needs, and its constants fit the run. */
export function fits(policy: Policy, run: RunCase): boolean {
  try {
    requireNeeds(policy, { name: 'toy', stream: streamFor(run), model: true, operations });
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'POLICY_NEEDS') return false;
    throw error;
  }
  const misfits = policy.fit?.(shapeOf(run)) ?? [];
  return misfits.every(({ severity }) => severity !== 'error');
}
