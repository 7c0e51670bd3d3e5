import { parsePolicy } from '@refrain/core';
import { SimError } from '../errors.ts';
import type { ParameterValue, PolicyFamily } from './design.ts';

/** One policy of a family. */
export interface FamilyMember {
  readonly family: PolicyFamily;
  readonly values: Readonly<Record<string, ParameterValue>>;
  /** In its canonical form, as {@link Policy.id} prints it. */
  readonly policy: string;
}

/**
 * The policy of a family with certain values.
 *
 * @throws SimError `OPTION_INVALID` with the template and the values, when they make no policy
 */
export function memberOf(family: PolicyFamily, values: FamilyMember['values']): FamilyMember {
  const id = family.template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => String(values[name]));
  try {
    return { family, values, policy: parsePolicy(id).id };
  } catch (cause) {
    const given = Object.entries(values).map(([name, value]) => `${name}=${value}`);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SimError(
      'OPTION_INVALID',
      `[sim] design: the template ${family.template} with ${given.join(', ') || 'no values'} is no policy: ${reason}`,
      { cause },
    );
  }
}

/** Members whose policies were not there before, in their order. */
export function withoutDuplicates(members: Iterable<FamilyMember>): readonly FamilyMember[] {
  const byPolicy = new Map<string, FamilyMember>();
  for (const member of members) if (!byPolicy.has(member.policy)) byPolicy.set(member.policy, member);
  return [...byPolicy.values()];
}
