import { maskFor } from '../block/cache-dit-mask.ts';
import type { Entry } from '../decision.ts';
import type { Limits, Policy, Position, RunShape } from '../policy.ts';
import { compute, reuse } from '../span.ts';
import { endOf } from './carried.ts';
import { knownEntries } from './known-entries.ts';
import { leadingOnes, longestZeros, mayReuse, trailingOnes } from './step-mask.ts';

/** What a pinned schedule remembers: the end of the stream, its digits, and the entries that its policy uses. */
export type PinnedState = {
  readonly length: number;
  readonly digits: string;
  readonly entries: readonly Pick<Entry, 'from' | 'until' | 'form' | 'slot'>[];
};

/**
 * A schedule over the entries of another policy: where the mask has a 1 all of them are kept, where it has a 0 all are
 * reused, whatever the other policy would decide.
 *
 * @param mask - digits, or the name of a preset
 */
export function pinned(policy: Policy, mask: string): Policy<PinnedState> {
  const why = { kind: 'schedule' } as const;
  return {
    id: `pinned(${mask})`,
    granularity: policy.granularity,
    needs: { ...policy.needs, history: 1 },
    limits: (run) => pinnedLimits(mask, run),
    init: (run: RunShape) => ({
      length: run.stream.length,
      digits: maskFor(mask, run.steps),
      entries: knownEntries(policy, run),
    }),
    next({ length, digits, entries }, { step, site }: Position) {
      const end = endOf(policy, length);
      const ahead = entries.filter(({ from }) => from >= site);
      if (!mayReuse(digits, step)) return compute(end, why, ahead);
      const here = ahead.filter(({ from }) => from === site).toSorted((one, two) => two.until - one.until)[0];
      if (!here) return compute(Math.min(end, ...ahead.map(({ from }) => from)), why);
      const { until, form, slot } = here;
      return { ...reuse(until, form, why), ...(slot !== undefined && { slot }) };
    },
    observe: (state) => state,
  };
}

/** What a pinned schedule promises. */
export function pinnedLimits(mask: string, { steps }: RunShape): Limits {
  const digits = maskFor(mask, steps);
  return {
    warmUp: leadingOnes(digits, steps),
    tail: trailingOnes(digits, steps),
    maxAge: longestZeros(digits, steps),
  };
}
