import type { Entry } from '../decision.ts';
import type { Policy, Position, RunShape } from '../policy.ts';
import { compute, reuse } from '../span.ts';
import { endOf } from './carried.ts';
import { knownEntries } from './known-entries.ts';
import { leadingOnes, longestZeros, mayReuse, trailingOnes } from './step-mask.ts';

/** What a pinned schedule remembers: the end of the stream, and the entries that its policy uses. */
export type PinnedState = {
  readonly length: number;
  readonly entries: readonly Pick<Entry, 'from' | 'until' | 'form' | 'slot'>[];
};

/**
 * A schedule over the entries of another policy: where the mask has a 1 all of them are kept, where it has a 0 all are
 * reused, whatever the other policy would decide.
 */
export function pinned(policy: Policy, mask: string): Policy<PinnedState> {
  const why = { kind: 'schedule' } as const;
  return {
    id: `pinned(${mask})`,
    granularity: policy.granularity,
    needs: { ...policy.needs, history: 1 },
    limits: ({ steps }) => ({
      warmUp: leadingOnes(mask, steps),
      tail: trailingOnes(mask, steps),
      maxAge: longestZeros(mask, steps),
    }),
    init: (run: RunShape) => ({ length: run.stream.length, entries: knownEntries(policy, run) }),
    next({ length, entries }, { step, site }: Position) {
      const end = endOf(policy, length);
      const ahead = entries.filter(({ from }) => from >= site);
      if (!mayReuse(mask, step)) return compute(end, why, ahead);
      const here = ahead.filter(({ from }) => from === site).toSorted((one, two) => two.until - one.until)[0];
      if (!here) return compute(Math.min(end, ...ahead.map(({ from }) => from)), why);
      const { until, form, slot } = here;
      return { ...reuse(until, form, why), ...(slot !== undefined && { slot }) };
    },
    observe: (state) => state,
  };
}
