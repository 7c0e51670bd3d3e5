import { listPolicies, parsePolicy, type AnyPolicyFactory } from '@refrain/core';
import measured from '../../../../docs/policies/latte-mini.txt?raw';

/** Settings at which policies were measured on this model, one id a line. */
const lines = measured
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** The id with which a policy begins when it is picked: measured on this model, or its defaults. */
export function startingId({ policyName, combines }: AnyPolicyFactory): string {
  const known = lines.find((line) => line === policyName || line.startsWith(`${policyName}(`));
  if (known !== undefined || !combines) return known ?? policyName;
  return `${policyName}(${Array.from({ length: combines.min }, () => 'fora(interval=2)').join(',')})`;
}

/** Groups of the list, in its order. */
export const groups = ['Whole steps', 'Blocks', 'Attention and MLP', 'Guidance', 'Combinations'] as const;

const groupByGranularity = {
  step: 'Whole steps',
  block: 'Blocks',
  attention: 'Attention and MLP',
  guidance: 'Guidance',
} as const;

/** The policies of the catalogue with the group that each belongs to. */
export const listed: readonly {
  readonly factory: AnyPolicyFactory;
  readonly group: (typeof groups)[number];
}[] = listPolicies().map((factory) => ({ factory, group: groupOf(factory) }));

function groupOf(factory: AnyPolicyFactory): (typeof groups)[number] {
  if (factory.combines) return 'Combinations';
  try {
    return groupByGranularity[parsePolicy(startingId(factory)).granularity];
  } catch {
    // One that needs an option before it is a policy at all, such as a recorded trace.
    return 'Whole steps';
  }
}
