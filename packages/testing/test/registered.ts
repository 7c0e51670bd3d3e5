import { listPolicies } from '@refrain/core';
import {
  registered,
  registeredCapabilities,
  registeredRuns,
  type PolicyArbitrary,
  type PolicyLawOptions,
} from '../src/index.ts';

/** A policy of the catalogue: how to make it at random, for which runs, and what it claims. */
export interface RegisteredPolicy {
  readonly name: string;
  readonly source: PolicyArbitrary;
  readonly options: Pick<PolicyLawOptions, 'runs' | 'capabilities'>;
}

/** All policies of the catalogue: the laws hold for each. */
export const registeredPolicies: readonly RegisteredPolicy[] = listPolicies().map(({ policyName: name }) => ({
  name,
  source: registered(name),
  options: { runs: registeredRuns(name), capabilities: registeredCapabilities(name) },
}));
