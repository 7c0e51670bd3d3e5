import type { Indicator } from '../../indicator/indicator.ts';
import type { Decision, Entry } from '../decision.ts';
import type { Policy } from '../policy.ts';

/** How many policies can be told apart by a letter. */
export const MOST_POLICIES = 26;

/** The letter of a policy in a combination: `a`, `b`, … */
function letterOf(index: number): string {
  return String.fromCodePoint('a'.charCodeAt(0) + index);
}

/** What stands before the names of a policy's indicators. */
export function prefix(index: number): string {
  return `${letterOf(index)}: `;
}

/** An indicator under a name that no other policy of the combination uses; its reference is then its own too. */
export function prefixed(indicator: Indicator, index: number): Indicator {
  return { ...indicator, name: prefix(index) + indicator.name };
}

/**
 * The entries of a policy under slots of their own, where it combines several past values: the steps of these must be
 * those that it knows of. All others share their entries, so that nothing is cached twice.
 */
export interface Slots {
  /** An entry of the policy as the combination keeps it. */
  readonly outside: (entry: Entry) => Entry;
  /** A decision of the policy in terms of the combination. */
  readonly decision: (decision: Decision) => Decision;
}

const asTheyAre: Slots = { outside: (entry) => entry, decision: (decision) => decision };

/** The slots of one policy of a combination. */
export function slotsOf({ needs }: Policy, index: number): Slots {
  if (needs.history <= 1) return asTheyAre;
  const slot = (own?: string): string => (own === undefined ? letterOf(index) : `${letterOf(index)} ${own}`);
  const outside = (entry: Entry): Entry => ({ ...entry, slot: slot(entry.slot) });
  return {
    outside,
    decision(decision) {
      if (decision.do === 'measure') return decision;
      if (decision.do === 'reuse')
        return {
          ...decision,
          slot: slot(decision.slot),
          ...(decision.borrowed && {
            borrowed: decision.borrowed.map((term) => ({ ...term, slot: slot(term.slot) })),
          }),
        };
      return {
        ...decision,
        keep: decision.keep.map(outside),
        ...(decision.products && { products: decision.products.map(outside) }),
      };
    },
  };
}
