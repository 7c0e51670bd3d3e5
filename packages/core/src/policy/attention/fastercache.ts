import type { OptionIssue } from '../../errors.ts';
import { autoOption } from '../auto-option.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { fastercacheModelNames, type FasterCacheModelName } from '../guidance/fastercache-models.ts';
import { longestGap, maskWindows, type FasterCacheVariant } from '../guidance/guidance-schedule.ts';
import {
  constantsOf,
  guidanceMisfits,
  guidanceNeeds,
  guidanceSettings,
  pick,
  variantIssues,
} from '../guidance/guidance-settings.ts';
import { choiceOption, integerOption, numberOption, stepCountOption, type StepCount } from '../options.ts';
import type { Limits, RunShape } from '../policy.ts';
import { SELF_ATTENTION } from './attention-kinds.ts';
import { computedBefore, depthOf } from './attention-schedule.ts';
import {
  decide,
  initialState,
  masksOf,
  observe,
  type FasterCacheSettings,
  type FasterCacheState,
} from './fastercache-rule.ts';

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
    start: autoOption(stepCountOption('first step that may reuse attention', '30%')),
    interval: autoOption(integerOption('compute attention at every n-th step', 2, { min: 1 })),
    offset: autoOption(integerOption('remainder of those steps, counted from 1', 1, { min: 0 })),
    weight: autoOption(numberOption('how far attention is extrapolated', 0.5, { min: 0, max: 10 })),
    ramp: autoOption(integerOption('steps over which the weight grows; 0: constant', 0, { min: 0 })),
    stale: autoOption(
      choiceOption('attention of both branches after passes of one', ['compute', 'borrow'], 'compute'),
    ),
    guidance: choiceOption('derive unconditional outputs', ['on', 'off'], 'on'),
    guidanceStart: autoOption(stepCountOption('first step that may be derived', '34%')),
    guidanceInterval: autoOption(integerOption('compute both branches at every n-th step', 5, { min: 1 })),
    lowWeight: autoOption(numberOption('growth of low frequencies at each step', 1.1, { min: 0, max: 10 })),
    lowUntil: autoOption(stepCountOption('step from which they grow no more', '80%')),
    highWeight: autoOption(numberOption('growth of high frequencies at each step', 1.1, { min: 0, max: 10 })),
    highFrom: autoOption(stepCountOption('step from which they grow', '60%')),
  },
  check: (options) => [...variantIssues(options, OF_STEPS), ...offsetIssues(options)],
  rule: (options) => {
    const settings = settingsOf(options);
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

/** Options that mean nothing to diffusers' rule. */
const OF_STEPS: readonly (keyof FasterCacheOptions)[] = [
  'model',
  'start',
  'offset',
  'ramp',
  'stale',
  'guidanceStart',
  'lowUntil',
  'highFrom',
];

function offsetIssues(options: FasterCacheOptions): readonly OptionIssue[] {
  const { interval, offset } = settingsOf(options).attention;
  if (offset < interval) return [];
  const message = `expected a remainder below the interval ${interval}, got ${offset}`;
  return [{ option: 'offset', message }];
}

function settingsOf(options: FasterCacheOptions): FasterCacheSettings {
  const { attention } = constantsOf(options);
  const { variant, guidance, guidanceStart, guidanceInterval } = options;
  const guided = { ...options, start: guidanceStart, interval: guidanceInterval };
  const interval = pick(options.interval, attention.interval);
  return {
    attention: {
      variant,
      interval,
      start: pick(options.start, attention.start),
      // An interval of 1 leaves no other remainder.
      offset: interval === 1 && options.offset === 'auto' ? 0 : pick(options.offset, attention.offset),
      weight: pick(options.weight, attention.weight),
      ramp: pick(options.ramp, attention.ramp),
      stale: pick(options.stale, attention.stale),
    },
    guidance: guidance === 'on' ? guidanceSettings(guided) : null,
  };
}

/**
 * An output is combined until so many newer ones are computed, and a site may be passed over in derived passes before and
 * after it is taken from the cache.
 */
function limitsOf(run: RunShape, settings: FasterCacheSettings): Limits {
  const { attention, guidance } = masksOf(run, settings);
  const ages = Array.from(attention, (digit, step) =>
    digit === '0' ? step - (computedBefore(attention, step, depthOf(settings.attention)).at(-1) ?? step) : 0,
  );
  const both = Array.from(attention, (digit, step) => (digit === '1' && guidance[step] === '1' ? '1' : '0'));
  return {
    ...maskWindows([attention, guidance]),
    maxAge: Math.max(0, ...ages, longestGap(both.join(''))),
  };
}
