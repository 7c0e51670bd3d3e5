import type { Policy } from '../policy.ts';
import { compute } from '../span.ts';
import { frameEnd } from './carried.ts';
import { combination, type CombinationRule, type CombinedState } from './combination.ts';
import { definePlainCombinator, type PlainCombinatorFactory } from './define.ts';

/** What `perBranch` remembers of a branch: which policy is its own, and where the stream ends. */
export type PerBranchMemory = { readonly which: 0 | 1; readonly length: number };

/**
 * The first branch of the run by one policy, all others by another: unconditional guidance often bears more reuse than
 * the conditional branch.
 *
 * @example
 * ```ts
 * perBranch(teacache({ threshold: 0.1 }), teacache({ threshold: 0.2 }));
 * ```
 */
export const perBranch: PlainCombinatorFactory<CombinedState<PerBranchMemory>> = definePlainCombinator<
  CombinedState<PerBranchMemory>
>({
  name: 'perBranch',
  about: 'the first branch by one policy, the others by another',
  combines: { min: 2, max: 2 },
  rule: (_, policies) => combination(policies, rule(policies)),
});

function rule(policies: readonly Policy[]): CombinationRule<PerBranchMemory> {
  const chosen = ({ which }: Pick<PerBranchMemory, 'which'>): Policy => {
    const policy = policies[which];
    if (!policy) throw new TypeError('perBranch combines two policies');
    return policy;
  };
  const whichOf = (branch: string, branches: readonly string[]): 0 | 1 => (branch === branches[0] ? 0 : 1);
  return {
    limits: (run) => chosen({ which: whichOf(run.branch, run.branches) }).limits(run),
    asks: (index, { branch, branches }) => whichOf(branch, branches) === index,
    begin: ({ branch, branches, stream }) => ({ which: whichOf(branch, branches), length: stream.length }),
    next(own, inner, at) {
      const end = frameEnd(chosen(own), at.site, own.length);
      if (end !== undefined) return compute(end, { kind: 'always-compute' });
      return chosen(own).next(inner[own.which] ?? null, at);
    },
    observe(own, inner, seen) {
      if (frameEnd(chosen(own), seen.site, own.length) !== undefined) return { own, inner };
      const told = chosen(own).observe(inner[own.which] ?? null, seen);
      return { own, inner: inner.with(own.which, told) };
    },
  };
}
