import type { Json } from '../../json.ts';
import type { Decision, Observation } from '../decision.ts';
import type { Misfit, Needs, Policy, Position, RunShape } from '../policy.ts';
import { mergeFit, mergeGranularity, mergeNeeds } from './merge.ts';

/**
 * What a combination of policies remembers: something of its own for each branch, and the states of its policies. Where
 * none shares its state among branches, there is one of each, under the empty name.
 */
export type CombinedState<Own extends Json> = {
  readonly own: Readonly<Record<string, Own>>;
  /** In the order of the policies, by branch; one that shares its state has a single one, under the empty name. */
  readonly inner: readonly Readonly<Record<string, Json>>[];
};

/** What an observation leaves behind. */
export interface Observed<Own extends Json> {
  readonly own: Own;
  readonly inner: readonly Json[];
}

/** The rule of a combination, for one branch: where states are stored is no concern of it. */
export interface CombinationRule<Own extends Json> {
  /** Where it needs more than its policies do together. */
  readonly needs?: Needs;
  readonly limits: Policy['limits'];
  /** What of its own constants does not fit a run. */
  fit?(run: RunShape): readonly Misfit[];
  /** Policies that are not asked in this branch may be left without a state. Left out: all are asked. */
  asks?(index: number, run: RunShape): boolean;
  begin(run: RunShape): Own;
  next(own: Own, inner: readonly Json[], at: Position): Decision;
  observe(own: Own, inner: readonly Json[], seen: Observation): Observed<Own>;
}

/**
 * Makes a policy of policies. Policies that share a state among the branches go on doing so; the others, and the
 * combination's own memory, stay apart for each branch.
 */
export function combination<Own extends Json>(
  policies: readonly Policy[],
  rule: CombinationRule<Own>,
): Omit<Policy<CombinedState<Own>>, 'id'> {
  const [criterion] = policies.length === 1 ? policies.map((policy) => policy.criterion) : [];
  const shared = policies.some((policy) => policy.shared);
  const seat = (index: number, branch: string): string => (shared && !policies[index]?.shared ? branch : '');
  const lane = (branch: string): string => (shared ? branch : '');
  const innerOf = (state: CombinedState<Own>, branch: string): readonly Json[] =>
    state.inner.map((seats, index) => seats[seat(index, branch)] ?? null);
  return {
    granularity: mergeGranularity(policies),
    needs: rule.needs ?? mergeNeeds(policies),
    ...(shared && { shared: true as const }),
    ...(criterion && { criterion }),
    limits: (run) => rule.limits(run),
    fit: (run) => [...(rule.fit?.(run) ?? []), ...mergeFit(policies, run)],
    init: (run) => ({
      own: forBranches(shared, run, (of) => rule.begin(of)),
      inner: policies.map((policy, index) =>
        forBranches(shared && !policy.shared, run, (of) =>
          // A shared state serves the branches in which the policy is asked, too.
          !policy.shared && rule.asks?.(index, of) === false ? null : policy.init(of),
        ),
      ),
    }),
    next: (state, at) => rule.next(ownOf(state, lane(at.branch)), innerOf(state, at.branch), at),
    observe: (state, seen) => {
      const { branch } = seen;
      const before = ownOf(state, lane(branch));
      const { own, inner } = rule.observe(before, innerOf(state, branch), seen);
      return {
        own: own === before ? state.own : withSeat(state.own, lane(branch), own),
        inner: state.inner.map((seats, index) => withSeat(seats, seat(index, branch), inner[index] ?? null)),
      };
    },
  };
}

/** The policy of a combination of one. The factory has checked that there is one. */
export function onlyOf([policy]: readonly Policy[]): Policy {
  if (!policy) throw new TypeError('expected a policy');
  return policy;
}

function forBranches<Value>(
  each: boolean,
  run: RunShape,
  make: (run: RunShape) => Value,
): Readonly<Record<string, Value>> {
  if (!each) return { '': make(run) };
  return Object.fromEntries(run.branches.map((branch) => [branch, make({ ...run, branch })]));
}

/** Values by branch with another one. The empty name stands alone; written out, since searches come by here most. */
function withSeat<Value>(
  seats: Readonly<Record<string, Value>>,
  seat: string,
  value: Value,
): Readonly<Record<string, Value>> {
  return seat === '' ? { '': value } : { ...seats, [seat]: value };
}

function ownOf<Own extends Json>(state: CombinedState<Own>, lane: string): Own {
  const own = state.own[lane];
  // The executor asks for no branch that the run was not told about.
  if (own === undefined) throw new TypeError(`branch "${lane}" is not one of the run's`);
  return own;
}
