import { maskFor, maskMisfit } from '../block/cache-dit-mask.ts';
import { choiceOption, textOption } from '../options.ts';
import type { Limits, Policy, RunShape } from '../policy.ts';
import { combination, onlyOf, type CombinedState } from './combination.ts';
import { defineCombinator, type CombinatorFactory } from './define.ts';
import { ensemble } from './ensemble.ts';
import { overruling } from './first-of.ts';
import { pinned, pinnedLimits } from './pinned.ts';
import { leadingOnes, mayReuse, trailingOnes } from './step-mask.ts';
import { vetoing, type VetoState } from './veto.ts';
import type { EnsembleMemory } from './voices.ts';

/** Options of {@link masked}. */
export interface MaskedOptions {
  /** One digit for each step, or a preset of {@link stepMask}: 1 computes. Steps behind its end count as 0. */
  readonly mask: string;
  /** What a 0 does: `static` reuses if something is cached, `dynamic` asks the policy. */
  readonly policy: 'static' | 'dynamic';
}

/** What `masked` remembers: for static masks, where everything is kept that the policy uses; for dynamic ones little. */
export type MaskedState = CombinedState<EnsembleMemory> | CombinedState<VetoState>;

/**
 * A mask of steps over a policy (cache-dit, commit f86744af: steps computation mask). Where it has a 1 everything is
 * computed. Where it has a 0, a `static` mask reuses what the policy keeps, if anything is cached and without further
 * tests; a `dynamic` one lets the policy decide.
 *
 *     reuse(s) ⇔ mask[s] = 0  and  (static, or the policy reuses)
 *
 * @example
 * ```ts
 * masked({ mask: '1111100100010001' }, teacache({ threshold: 0.3 }));
 * masked({ mask: 'fast', policy: 'static' }, fbcache()); // for as many steps as the run has
 * ```
 */
export const masked: CombinatorFactory<MaskedOptions, MaskedState> = defineCombinator<
  MaskedOptions,
  MaskedState
>({
  name: 'masked',
  about: 'a mask of steps: 1 computes, 0 asks the policy or reuses',
  options: {
    mask: textOption(
      'one digit a step, or a preset: 1 computes',
      '1',
      /^(?:slow|medium|fast|ultra|[01]+)$/,
      'digits 0 and 1, or one of slow, medium, fast, ultra',
      { quoted: true },
    ),
    policy: choiceOption('what a 0 does: reuse, or ask the policy', ['static', 'dynamic'], 'dynamic', {
      quoted: true,
    }),
  },
  combines: { min: 1, max: 1 },
  rule: ({ mask, policy }, policies) =>
    policy === 'static' ? reusing(mask, onlyOf(policies)) : asking(mask, onlyOf(policies)),
});

const SCHEDULE = { kind: 'schedule' } as const;

function asking(mask: string, policy: Policy): Omit<Policy<CombinedState<VetoState>>, 'id'> {
  return combination(
    [policy],
    vetoing(policy, {
      limits: (run) => limits(maskFor(mask, run.steps), policy.limits(run), run),
      fit: ({ steps }) => maskMisfit(mask, steps),
      why: ({ timesteps }, { step }) =>
        mayReuse(maskFor(mask, timesteps.length), step) ? undefined : SCHEDULE,
    }),
  );
}

function limits(digits: string, inner: Limits, { steps }: RunShape): Limits {
  return {
    ...inner,
    warmUp: Math.max(inner.warmUp, leadingOnes(digits, steps)),
    tail: Math.max(inner.tail, trailingOnes(digits, steps)),
  };
}

/** What the policy decides holds where it reuses; where it computes, its entries are reused all the same. */
function reusing(mask: string, policy: Policy): Omit<Policy<CombinedState<EnsembleMemory>>, 'id'> {
  const policies = [{ id: policy.id, ...asking(mask, policy) }, pinned(policy, mask)];
  // Where the mask has a 1 everything is kept anew.
  const rule = { ...overruling, limits: (run: RunShape) => pinnedLimits(mask, run) };
  return combination(policies, ensemble(policies, rule));
}
