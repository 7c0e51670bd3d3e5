import type { OptionIssue } from '../../errors.ts';
import type { Misfit, Needs, RunShape } from '../policy.ts';
import { otherModel } from '../published.ts';
import type { CfgCacheOptions } from './cfg-cache.ts';
import { fastercacheModels, GENERAL_FASTERCACHE, type FasterCacheModel } from './fastercache-models.ts';
import type { GuidanceSettings } from './guidance-schedule.ts';

/** The options that say whose constants are used. */
export type ConstantsOptions = Pick<CfgCacheOptions, 'model' | 'variant'>;

/** The constants of the named model, or the general ones. */
export function constantsOf({
  model,
}: Pick<ConstantsOptions, 'model'>): Pick<FasterCacheModel, 'guidance' | 'attention'> {
  return model === 'none' ? GENERAL_FASTERCACHE : fastercacheModels[model];
}

/** A given value, or the one that is known where the option is `auto`. */
export function pick<Value>(given: Value | 'auto', known: Value): Value {
  return given === 'auto' ? known : given;
}

/** Fills in what is `auto`. */
export function guidanceSettings(options: CfgCacheOptions): GuidanceSettings {
  const { guidance } = constantsOf(options);
  return {
    variant: options.variant,
    start: pick(options.start, guidance.start),
    interval: pick(options.interval, guidance.interval),
    lowWeight: pick(options.lowWeight, guidance.lowWeight),
    lowUntil: pick(options.lowUntil, guidance.lowUntil),
    highWeight: pick(options.highWeight, guidance.highWeight),
    highFrom: pick(options.highFrom, guidance.highFrom),
  };
}

/** What deriving one branch from the other asks of a runner. */
export function guidanceNeeds({ lowWeight, highWeight }: GuidanceSettings): Partial<Needs> {
  const filters = lowWeight !== 1 || highWeight !== 1;
  return { model: true, branches: 'two', ...(filters && { operations: ['lowPass'] as const }) };
}

/** Windows of steps mean nothing to diffusers' rule, which has windows of timesteps of its own. */
export function variantIssues<Options extends ConstantsOptions>(
  options: Options,
  ofSteps: readonly (keyof Options & string)[],
): readonly OptionIssue[] {
  if (options.variant !== 'diffusers') return [];
  return ofSteps
    .filter((option) => options[option] !== 'auto' && options[option] !== 'none')
    .map((option) => ({
      option,
      message: 'variant=diffusers has windows of timesteps of its own: leave this option out',
    }));
}

/** Constants for another model or number of steps, or timesteps in another unit than the windows. */
export function guidanceMisfits(run: RunShape, { model, variant }: ConstantsOptions): readonly Misfit[] {
  if (variant === 'diffusers') return unitMisfits(run);
  if (model === 'none') return [];
  const published = fastercacheModels[model];
  const misfits = otherModel(model, published, run);
  if (published.steps === run.steps) return misfits;
  const message =
    `the windows of model=${model} are for ${published.steps} steps, and this run has ${run.steps}: ` +
    'give start and the other steps as shares';
  return [...misfits, { severity: 'warning', code: 'other-steps', message }];
}

function unitMisfits({ timesteps }: RunShape): readonly Misfit[] {
  const largest = Math.max(...timesteps.map(Math.abs));
  if (largest > 1) return [];
  const message =
    `variant=diffusers has windows of timesteps from 0 to 1000, and this run's are sigmas up to ${largest}, ` +
    'which lie inside all of them: give 1000 times the sigma as the timestep';
  return [{ severity: 'warning', code: 'other-sampler', message }];
}
