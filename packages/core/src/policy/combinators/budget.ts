import type { OptionIssue } from '../../errors.ts';
import type { Json } from '../../json.ts';
import type { Decision, ReuseDecision } from '../decision.ts';
import { numberOption } from '../options.ts';
import type { Misfit, Policy, Position, RunShape } from '../policy.ts';
import type { Reason } from '../reason.ts';
import { afterReuse, enteredStep, noBudgetSpent, type BudgetMemory } from './budget-memory.ts';
import { positionOf, toldOf } from './carried.ts';
import { combination, onlyOf, type CombinationRule, type CombinedState } from './combination.ts';
import { defineCombinator, type CombinatorFactory } from './define.ts';
import { ALL, behindBudget, capacity, paceAt, thresholdFor } from './pace.ts';
import { vetoed } from './veto.ts';

/** Options of {@link budget}: one of the two. */
export interface BudgetOptions {
  /** How many times faster the blocks shall be over the whole run: 2 reuses half of the passes. 0: no such target. */
  readonly speedup: number;
  /** What the indicator values of all reuses may come to together. 0: no such limit. */
  readonly drift: number;
}

/**
 * Sets the threshold of a policy while the run goes on, so that a target is met on content that nobody has seen before.
 *
 *     θ_s = θ · exp(b_s + 0.1 · Σ_{t ≤ s} b_t),    b_s: how far the run is behind its pace before step s
 *
 * θ is the policy's own threshold. The pace spends the budget evenly over the steps in which the policy may reuse.
 *
 * - `speedup` S counts passes: (1 − 1/S) · T of T shall be reused, a pass in part by its share of positions. It is a
 *   statement about the blocks; what surrounds them takes its time in every step. θ_s is 0 while the run is a reuse or
 *   more ahead of its pace, and 10⁹ once every step that is left is needed. So never more than one pass too many is
 *   reused, and the target is reached if a policy at this threshold reuses wherever its own limits let it.
 * - `drift` D sums the values that the policy states when it reuses (`below-threshold`), as far as they are positive:
 *   its own estimate of what each reuse changes. What would take the sum above D is computed; so is a reuse without a
 *   value. Values are those of the policy: TeaCache's is the change accumulated since the last computed step, so that
 *   the third reuse in a row counts more than the first.
 *
 * @example
 * ```ts
 * budget({ speedup: 2 }, teacache());
 * budget({ drift: 0.5 }, fbcache());
 * ```
 */
export const budget: CombinatorFactory<BudgetOptions, CombinedState<BudgetMemory>> = defineCombinator<
  BudgetOptions,
  CombinedState<BudgetMemory>
>({
  name: 'budget',
  about: 'adapts the threshold of a policy during the run to hold a speed or drift target',
  options: {
    speedup: numberOption('how many times faster the blocks shall be; 0: no target', 0, { min: 0 }),
    drift: numberOption('what the indicators of all reuses may come to; 0: no limit', 0, { min: 0 }),
  },
  combines: { min: 1, max: 1 },
  steers: true,
  check: (options, policies) => [...targetIssues(options), ...thresholdIssues(onlyOf(policies))],
  rule: (options, policies) => combination(policies, rule(options, onlyOf(policies))),
});

function targetIssues({ speedup, drift }: BudgetOptions): readonly OptionIssue[] {
  if (speedup > 0 === drift > 0)
    return [{ option: 'speedup', message: 'expected either a speed-up or a drift, for example speedup=2' }];
  if (drift > 0 || speedup > 1) return [];
  return [{ option: 'speedup', message: `expected a number above 1, got ${speedup}` }];
}

function thresholdIssues(policy: Policy): readonly OptionIssue[] {
  const issue = (message: string): readonly OptionIssue[] => [{ option: policy.id, message }];
  if (!policy.withThreshold)
    return issue('this policy has no threshold that a budget could set; choose one with an indicator');
  try {
    policy.withThreshold(0);
    policy.withThreshold(ALL);
    return [];
  } catch {
    return issue(`its threshold cannot be set to all numbers from 0 to ${ALL}`);
  }
}

function rule(options: BudgetOptions, policy: Policy): CombinationRule<BudgetMemory> {
  const tuned = (threshold: number): Policy => policy.withThreshold?.(threshold) ?? policy;
  const next = (own: BudgetMemory, [state = null]: readonly Json[], at: Position): Decision => {
    const now = atStep(own, at.step, options, policy);
    const decision = tuned(now.threshold).next(state, at);
    const spent = whySpent(now, options);
    if (decision.do === 'compute' && spent && decision.why.kind === 'above-threshold')
      return { ...decision, why: spent };
    return vetoed(decision, at, (reuse) => spent ?? whyNot(now, reuse, options));
  };
  return {
    limits: (run) => policy.limits(run),
    fit: (run) => fit(options, policy, run),
    begin: (run) => noBudgetSpent(policy, run),
    next,
    observe(before, inner, seen) {
      const [state = null] = inner;
      const at = positionOf(seen, before.timesteps);
      const own = atStep(before, seen.step, options, policy);
      const decision = seen.did === 'reused' ? next(own, inner, at) : undefined;
      const steered = tuned(own.threshold);
      return {
        own: decision?.do === 'reuse' ? afterReuse(own, seen, valueOf(decision) ?? 0) : own,
        inner: [steered.observe(state, toldOf(steered, state, seen, at))],
      };
    },
  };
}

/** The memory in a step: at its beginning the threshold is set, for all of it. */
function atStep(own: BudgetMemory, step: number, options: BudgetOptions, policy: Policy): BudgetMemory {
  if (own.step === step) return own;
  const entered = enteredStep(own, step);
  const { course, drift } = entered;
  const behind =
    options.drift > 0
      ? behindBudget(course, step, drift, options.drift)
      : paceAt(course, step, wantedOf(options, course.steps)) - entered.reused;
  const sum = entered.sum + behind;
  const paced = thresholdFor(policy.threshold ?? 0, behind, sum);
  const threshold =
    options.drift > 0 ? Math.min(paced, options.drift - drift) : speedThreshold(entered, options, paced);
  return { ...entered, sum, threshold: Math.max(0, threshold) };
}

function wantedOf({ speedup }: BudgetOptions, steps: number): number {
  return (1 - 1 / speedup) * steps;
}

/** Rounding must not ask for one pass more. */
const HAIR = 1e-9;

function speedThreshold(own: BudgetMemory, options: BudgetOptions, paced: number): number {
  const { course, step, reused, share, computed } = own;
  const wanted = wantedOf(options, course.steps);
  if (reused >= wanted - HAIR) return 0;
  const needed = Math.ceil((wanted - reused) / share - HAIR);
  if (needed >= capacity(course, step, computed)) return ALL;
  return reused - paceAt(course, step, wanted) >= 1 - HAIR ? 0 : paced;
}

/** Why nothing may be reused for the time being; undefined while something may. */
function whySpent(
  { threshold, course, reused, drift }: BudgetMemory,
  options: BudgetOptions,
): Reason | undefined {
  if (options.drift > 0)
    return drift < options.drift ? undefined : { kind: 'target', value: drift, target: options.drift };
  const target = wantedOf(options, course.steps);
  return threshold > 0 && reused < target - HAIR ? undefined : { kind: 'target', value: reused, target };
}

function whyNot({ drift }: BudgetMemory, reuse: ReuseDecision, options: BudgetOptions): Reason | undefined {
  if (options.drift === 0) return undefined;
  const value = valueOf(reuse);
  if (value === undefined || !Number.isFinite(value))
    return { kind: 'no-indicator', because: 'no-reference' };
  const total = drift + Math.max(0, value);
  return total > options.drift ? { kind: 'target', value: total, target: options.drift } : undefined;
}

/** The indicator value that a policy states as its reason to reuse. */
function valueOf({ why }: ReuseDecision): number | undefined {
  return why.kind === 'below-threshold' ? why.value : undefined;
}

function fit(options: BudgetOptions, policy: Policy, run: RunShape): readonly Misfit[] {
  if (options.drift > 0) return [];
  const { course } = noBudgetSpent(policy, run);
  const [wanted, most] = [Math.ceil(wantedOf(options, run.steps) - HAIR), capacity(course, 0, -1)];
  if (wanted <= most) return [];
  return [
    {
      severity: 'warning',
      code: 'other-steps',
      message:
        `a speed-up of ${options.speedup} needs ${wanted} of ${run.steps} passes from the cache, ` +
        `and the limits of ${policy.id} allow ${most}: lower the target, or choose other limits`,
    },
  ];
}
