import { autoOption } from '../auto-option.ts';
import { definePolicy, type PolicyFactory } from '../define.ts';
import { choiceOption, integerOption, numberOption, stepCountOption, type StepCount } from '../options.ts';
import { compute } from '../span.ts';
import { outputOf } from '../decision.ts';
import { fastercacheModelNames, type FasterCacheModelName } from './fastercache-models.ts';
import {
  derivedOutput,
  initialDelta,
  observeDelta,
  outputsToKeep,
  type DeltaState,
} from './guidance-delta.ts';
import { guidanceMask, longestGap, maskWindows, type FasterCacheVariant } from './guidance-schedule.ts';
import { guidanceMisfits, guidanceNeeds, guidanceSettings, variantIssues } from './guidance-settings.ts';

/**
 * Options of {@link cfgcache}. What is `auto` is taken from the model's constants; where none is named, these are shares
 * of the steps that lie between the published ones.
 */
export interface CfgCacheOptions {
  /** Published constants. */
  readonly model: FasterCacheModelName | 'none';
  /** Whose rule: FasterCache's windows of steps, or those of timesteps that diffusers has. */
  readonly variant: FasterCacheVariant;
  /** The first step whose unconditional output may be derived: a count, or a share of the steps. */
  readonly start: StepCount | 'auto';
  /** From there on it is computed at every n-th step. */
  readonly interval: number | 'auto';
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
 * FasterCache's CFG cache (Vchitect/FasterCache, commit 02d05ef; arXiv 2410.19355): conditional and unconditional output
 * of one step are alike, and their difference changes slowly. Most unconditional passes are left out: the output is that
 * of the conditional branch plus the difference Δ of the last step with both, whose low and high frequencies grow.
 *
 *     u_t = c_t + a · L(Δ_s) + b · (Δ_s − L(Δ_s)),   Δ_s = u_s − c_s,   a and b multiplied by their weights at each step
 *
 * L keeps the spatial frequencies within a circle of a fifth of the shorter side. A step derives if it is not before
 * `start` and its number, counted from 1, is no multiple of `interval`. `variant: 'diffusers'` (huggingface/diffusers,
 * commit 58eb52c0) derives at timesteps strictly between −1 and 641 whose step, counted from 0, is neither 0 nor a
 * multiple of `interval`; its weights hold between 99 and 901 (low) and between −1 and 301 (high).
 *
 * The first branch of the run is the conditional one and must be run before the other in every step.
 */
export const cfgcache: PolicyFactory<CfgCacheOptions, DeltaState> = definePolicy<CfgCacheOptions, DeltaState>(
  {
    name: 'cfgcache',
    about: 'derives most unconditional outputs from conditional ones (FasterCache’s CFG cache)',
    options: {
      model: choiceOption('published constants', ['none', ...fastercacheModelNames], 'none'),
      variant: choiceOption('whose rule', ['fastercache', 'diffusers'], 'fastercache'),
      start: autoOption(stepCountOption('first step that may be derived; auto without a model: 34%', '34%')),
      interval: autoOption(
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
    check: (options) => variantIssues(options, ['model', 'start', 'lowUntil', 'highFrom']),
    rule: (options) => {
      const settings = guidanceSettings(options);
      return {
        granularity: 'guidance',
        needs: { history: 1, ...guidanceNeeds(settings) },
        limits: (run) => {
          const mask = guidanceMask(run, settings);
          return { ...maskWindows([mask]), maxAge: longestGap(mask) };
        },
        fit: (run) => guidanceMisfits(run, options),
        init: (run) => initialDelta(run, settings),
        next: (state, at) =>
          derivedOutput(state, at, settings) ??
          compute(outputOf(state.length), { kind: 'schedule' }, outputsToKeep(state, at.step)),
        observe: (state, seen) => observeDelta(state, seen, settings),
      };
    },
  },
);
