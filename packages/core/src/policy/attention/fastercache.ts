import { autoOption } from '../auto-option.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { fastercacheModelNames, type FasterCacheModelName } from '../guidance/fastercache-models.ts';
import type { FasterCacheVariant } from '../guidance/guidance-schedule.ts';
import { guidanceMisfits, guidanceNeeds } from '../guidance/guidance-settings.ts';
import { choiceOption, integerOption, numberOption, stepCountOption, type StepCount } from '../options.ts';
import { SELF_ATTENTION } from './attention-kinds.ts';
import { depthOf } from './attention-schedule.ts';
import { decide, initialState, limitsOf, observe, type FasterCacheState } from './fastercache-rule.ts';
import { fastercacheIssues, fastercacheSettings } from './fastercache-settings.ts';

/**
 * Options of {@link fastercache}. What is `auto` is taken from the model's constants; where none is named, these are
 * shares of the steps that lie between the published ones.
 */
export interface FasterCacheOptions {
  /** Published constants. */
  readonly model: FasterCacheModelName | 'none';
  /** Whose rule: FasterCache's windows of steps, or those of timesteps that diffusers has. */
  readonly variant: FasterCacheVariant;
  /** The first step that may reuse attention: a count, or a share of the steps. */
  readonly start: StepCount | 'auto';
  /** From there on attention is computed at every n-th step. */
  readonly interval: number | 'auto';
  /** At which: those that leave this remainder, counted from 1. */
  readonly offset: number | 'auto';
  /** w in v₁ + w · (v₁ − v₂); 0 reuses the newest output as it is. */
  readonly weight: number | 'auto';
  /** Over how many steps from the start on w grows from 0 to the weight, and on; 0: it is constant. */
  readonly ramp: number | 'auto';
  /**
   * What attention does at a step with both branches when the newest outputs are the conditional branch's alone: it is
   * computed in both, or the unconditional branch borrows them.
   */
  readonly stale: 'compute' | 'borrow' | 'auto';
  /** Whether unconditional outputs are derived too, as {@link cfgcache} does it. Needs the model site and two branches. */
  readonly guidance: 'on' | 'off';
  /** The first step whose unconditional output may be derived. */
  readonly guidanceStart: StepCount | 'auto';
  /** From there on it is computed at every n-th step. */
  readonly guidanceInterval: number | 'auto';
  /** By how much the low frequencies of the difference grow at each derived step before `lowUntil`. */
  readonly lowWeight: number | 'auto';
  /** The step from which they grow no more. */
  readonly lowUntil: StepCount | 'auto';
  /** By how much the high frequencies of the difference grow at each derived step from `highFrom` on. */
  readonly highWeight: number | 'auto';
  /** The step from which they grow. */
  readonly highFrom: StepCount | 'auto';
}

/**
 * FasterCache (Vchitect/FasterCache, commit 02d05ef; arXiv 2410.19355), both parts of it. Self-attention of every other
 * step or so is extrapolated from its two newest computed outputs, before the gate; and most unconditional outputs are
 * derived from conditional ones, see {@link cfgcache}.
 *
 *     attention(s) = v₁ + w(s) · (v₁ − v₂)   unless (s + 1) mod interval = offset
 *
 * `variant: 'diffusers'` (huggingface/diffusers, commit 58eb52c0) extrapolates at timesteps strictly between −1 and 681
 * whose step is neither 0 nor a multiple of `interval`, in passes of the conditional branch alone; its approximations
 * take the place of computed outputs, so that the next one builds on them.
 *
 * Scripts of the source that keep the unconditional branch first mix the branches when the batch gets smaller; here each
 * branch has its own outputs.
 */
export const fastercache: PolicyFactory<FasterCacheOptions, FasterCacheState> = definePolicy<
  FasterCacheOptions,
  FasterCacheState
>({
  name: 'fastercache',
  about: 'extrapolates self-attention and derives unconditional outputs (FasterCache)',
  options: {
    model: choiceOption('published constants', ['none', ...fastercacheModelNames], 'none'),
    variant: choiceOption('whose rule', ['fastercache', 'diffusers'], 'fastercache'),
    start: autoOption(
      stepCountOption('first step that may reuse attention; auto without a model: 30%', '30%'),
    ),
    interval: autoOption(
      integerOption('compute attention at every n-th step; auto without a model: 2', 2, { min: 1 }),
    ),
    offset: autoOption(
      integerOption('remainder of those steps, counted from 1; auto without a model: 1', 1, { min: 0 }),
    ),
    weight: autoOption(
      numberOption('how far attention is extrapolated; auto without a model: 0.5', 0.5, { min: 0, max: 10 }),
    ),
    ramp: autoOption(
      integerOption('steps over which the weight grows, 0 for none; auto without a model: 0', 0, { min: 0 }),
    ),
    stale: autoOption(
      choiceOption(
        'attention of both branches after passes of one; auto without a model: compute',
        ['compute', 'borrow'],
        'compute',
      ),
    ),
    guidance: choiceOption('derive unconditional outputs', ['on', 'off'], 'on'),
    guidanceStart: autoOption(
      stepCountOption('first step that may be derived; auto without a model: 34%', '34%'),
    ),
    guidanceInterval: autoOption(
      integerOption('compute both branches at every n-th step; auto without a model: 5', 5, { min: 1 }),
    ),
    lowWeight: autoOption(
      numberOption('growth of low frequencies at each step; auto without a model: 1.1', 1.1, {
        min: 0,
        max: 10,
      }),
    ),
    lowUntil: autoOption(
      stepCountOption('step from which they grow no more; auto without a model: 80%', '80%'),
    ),
    highWeight: autoOption(
      numberOption('growth of high frequencies at each step; auto without a model: 1.1', 1.1, {
        min: 0,
        max: 10,
      }),
    ),
    highFrom: autoOption(stepCountOption('step from which they grow; auto without a model: 60%', '60%')),
  },
  check: fastercacheIssues,
  rule: (options) => {
    const settings = fastercacheSettings(options);
    const { attention, guidance } = settings;
    return {
      granularity: guidance === null ? 'attention' : 'guidance',
      needs: {
        inner: SELF_ATTENTION,
        history: depthOf(attention),
        ...(guidance !== null && guidanceNeeds(guidance)),
      },
      limits: (run) => limitsOf(run, settings),
      fit: (run) => guidanceMisfits(run, options),
      init: (run) => initialState(run, settings),
      next: (state, at) => decide(state, at, settings),
      observe: (state, seen) => observe(state, seen, settings),
    };
  },
});
