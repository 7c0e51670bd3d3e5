import { choiceOption } from '../options.ts';
import type { Limits, Policy, RunShape } from '../policy.ts';
import { compute } from '../span.ts';
import { endOf, positionOf, toldOf } from './carried.ts';
import { combination, onlyOf, type CombinationRule, type CombinedState } from './combination.ts';
import { defineCombinator, type CombinatorFactory } from './define.ts';
import { vetoed } from './veto.ts';
import { outsideWindow, windowEndOption, windowIssues, type Window } from './window.ts';

/** Options of {@link within}: a window, the whole run by default. */
export type WithinOptions = Window;

/** What `within` remembers of a branch: the timesteps, the end of the stream, and the last step inside the window. */
export type WithinMemory = {
  readonly timesteps: readonly number[];
  readonly length: number;
  readonly last: number;
};

/**
 * Lets a policy reuse inside a window only. Outside it everything is computed; before the window the policy is asked and
 * told as usual, so that what it compares with stays in step, and what it would have reused is kept anew. After the
 * window it is asked no more.
 *
 *     reuse(s) ⇔ from ≤ s < until  and  the policy reuses
 *
 * with s in steps, in shares of the steps, or in timesteps (σ), which may run in either direction.
 *
 * @example
 * ```ts
 * within({ from: '20%', until: '90%' }, teacache({ threshold: 0.2 })); // 30 steps: reuse at 6 … 26
 * within({ from: 900, until: 300, unit: 'timestep' }, fora());
 * ```
 */
export const within: CombinatorFactory<WithinOptions, CombinedState<WithinMemory>> = defineCombinator<
  WithinOptions,
  CombinedState<WithinMemory>
>({
  name: 'within',
  about: 'lets a policy reuse inside a window of steps or timesteps only',
  options: {
    from: windowEndOption('where reuse may begin', 0),
    until: windowEndOption('where it ends: this step is computed', 1),
    unit: choiceOption('what the window is counted in', ['steps', 'share', 'timestep'], 'share'),
  },
  combines: { min: 1, max: 1 },
  check: windowIssues,
  rule: (window, policies) => combination(policies, rule(window, onlyOf(policies))),
});

function rule(window: Window, policy: Policy): CombinationRule<WithinMemory> {
  return {
    limits: (run) => limits(window, policy.limits(run), run),
    begin: ({ timesteps, stream }) => ({
      timesteps,
      length: stream.length,
      last: timesteps.findLastIndex((_, step) => !outsideWindow(window, step, timesteps)),
    }),
    next({ timesteps, length, last }, [state = null], at) {
      const outside = outsideWindow(window, at.step, timesteps);
      if (outside && at.step > last) return compute(endOf(policy, length), outside);
      return vetoed(policy.next(state, at), at, () => outside);
    },
    observe(own, [state = null], seen) {
      if (seen.step > own.last) return { own, inner: [state] };
      const told = toldOf(policy, state, seen, positionOf(seen, own.timesteps));
      return { own, inner: [policy.observe(state, told)] };
    },
  };
}

function limits(window: Window, inner: Limits, { timesteps }: RunShape): Limits {
  const inside = timesteps.map((_, step) => !outsideWindow(window, step, timesteps));
  const first = inside.indexOf(true);
  const before = first < 0 ? timesteps.length : first;
  const after = timesteps.length - 1 - inside.lastIndexOf(true);
  return { ...inner, warmUp: Math.max(inner.warmUp, before), tail: Math.max(inner.tail, after) };
}
