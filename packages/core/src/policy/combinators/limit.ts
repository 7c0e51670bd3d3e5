import type { ReuseDecision } from '../decision.ts';
import type { Limits, Policy, Position } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { positionOf, toldOf } from './carried.ts';
import { combination, onlyOf, type CombinationRule, type CombinedState } from './combination.ts';
import { contentStep, noContent, withContent, type ContentAge } from './content-age.ts';
import { countOrNone } from './count-or-none.ts';
import { defineCombinator, type CombinatorFactory } from './define.ts';
import { vetoed } from './veto.ts';

/** Options of {@link limit}. */
export interface LimitOptions {
  /** Nothing is used that was computed more than this many steps ago. */
  readonly maxAge: number | 'none';
  /** In so many steps of a branch something may be reused. */
  readonly maxReuse: number | 'none';
}

/** What `limit` remembers of a branch. */
export type LimitMemory = {
  readonly timesteps: readonly number[];
  readonly content: ContentAge;
  /** How many steps reused something, and the last of them. */
  readonly reused: number;
  readonly lastReused: number;
};

/**
 * Bounds what a policy may reuse: how many steps ago it was computed, and in how many steps of a run. What goes beyond
 * is computed and kept anew.
 *
 *     reuse(s) ⇔ the policy reuses  and  s − computed ≤ maxAge  and  steps with reuse ≤ maxReuse
 *
 * Age is that of the content: where an inner policy put cached values into what an outer one kept, the older counts.
 *
 * @example
 * ```ts
 * limit({ maxAge: 2 }, teacache({ threshold: 0.3 }));
 * ```
 */
export const limit: CombinatorFactory<LimitOptions, CombinedState<LimitMemory>> = defineCombinator<
  LimitOptions,
  CombinedState<LimitMemory>
>({
  name: 'limit',
  about: 'bounds for how long, and how often, a policy reuses',
  options: {
    maxAge: countOrNone('use nothing that was computed more than this many steps ago', 1),
    maxReuse: countOrNone('reuse in at most so many steps', 0),
  },
  combines: { min: 1, max: 1 },
  rule: (options, policies) => combination(policies, rule(options, onlyOf(policies))),
});

function rule(options: LimitOptions, policy: Policy): CombinationRule<LimitMemory> {
  const next: CombinationRule<LimitMemory>['next'] = (own, [state = null], at) =>
    vetoed(policy.next(state, at), at, (decision) => whyNot(own, at, decision, options));
  return {
    limits: (run) => limits(options, policy.limits(run)),
    begin: ({ timesteps, stream }) => ({
      timesteps,
      content: noContent(stream.length),
      reused: 0,
      lastReused: -1,
    }),
    next,
    observe(own, inner, seen) {
      const [state = null] = inner;
      const at = positionOf(seen, own.timesteps);
      const { step, did } = seen;
      const anew = did === 'reused' && own.lastReused !== step;
      return {
        own: {
          ...own,
          content: withContent(own.content, next(own, inner, at), seen),
          reused: own.reused + (anew ? 1 : 0),
          lastReused: anew ? step : own.lastReused,
        },
        inner: [policy.observe(state, toldOf(policy, state, seen, at))],
      };
    },
  };
}

function whyNot(
  { content, reused, lastReused }: LimitMemory,
  { site, step }: Position,
  decision: ReuseDecision,
  { maxAge, maxReuse }: LimitOptions,
): Reason | undefined {
  if (maxReuse !== 'none' && reused >= maxReuse && lastReused !== step)
    return { kind: 'limit', of: 'steps with reuse', value: reused, limit: maxReuse };
  if (maxAge === 'none') return undefined;
  const computed = contentStep(content, decision, site);
  if (computed === undefined) return { kind: 'rule', text: 'nothing is cached for this span' };
  const age = step - computed;
  return age > maxAge ? { kind: 'age-limit', age: age - 1, limit: maxAge } : undefined;
}

function limits({ maxAge }: LimitOptions, inner: Limits): Limits {
  if (maxAge === 'none') return inner;
  return { ...inner, maxAge: Math.min(inner.maxAge ?? Infinity, maxAge) };
}
