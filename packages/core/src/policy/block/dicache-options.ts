import { choiceOption, integerOption, numberOption, type OptionSpecs } from '../options.ts';
import type { RunShape } from '../policy.ts';

/** Options of {@link dicache}. */
export interface DicacheOptions {
  /** The rest is reused while the accumulated change stays below this. Published: 0.4 (FLUX; 0.08 with `delta_minus`), 0.1 (HunyuanVideo), 0.08 (Wan 2.1). */
  readonly threshold: number;
  /** What is accumulated: the change of the probe's output, or its difference from the change of the input. */
  readonly error: 'delta_y' | 'delta_minus';
  /** Share of the steps that is computed at the beginning. */
  readonly retention: number;
  /** m: blocks at the front that are computed in every step as the probe. */
  readonly probe: number;
  /** Whose rule: they differ in the windows, in equality, and in the limit of γ. See {@link dicache}. */
  readonly variant: 'flux' | 'hunyuan' | 'wan';
  /** Sketch of the indicators: measure every n-th element. 1 measures all. */
  readonly stride: number;
}

/** How they are read; defaults are those of the source for FLUX. */
export const dicacheOptions: OptionSpecs<DicacheOptions> = {
  threshold: numberOption('reuse while the accumulated change is below this', 0.4, {
    min: 0,
    quoted: true,
  }),
  error: choiceOption('what is accumulated', ['delta_y', 'delta_minus'], 'delta_y'),
  retention: numberOption('share of the steps computed at the beginning', 0.2, { min: 0, max: 1 }),
  probe: integerOption('blocks at the front that are the probe', 1, { min: 1 }),
  variant: choiceOption('whose rule', ['flux', 'hunyuan', 'wan'], 'flux'),
  stride: integerOption('measure every n-th element of the indicators', 1, { min: 1 }),
};

/** The first step that may be reused, and the first one after those that may. */
export function windowsOf(
  { steps, branches, branch }: RunShape,
  { variant, retention }: DicacheOptions,
): { readonly warmUp: number; readonly tail: number } {
  const first = (count: number): number => Math.min(steps, Math.max(1, count));
  if (variant === 'flux')
    return { warmUp: first(Math.trunc(retention * steps) + 1), tail: Math.max(0, steps - 1) };
  if (variant === 'hunyuan') return { warmUp: first(Math.trunc(retention * steps)), tail: steps };
  const calls = Math.trunc(branches.length * steps * retention);
  return { warmUp: first(Math.ceil((calls - branches.indexOf(branch)) / branches.length)), tail: steps };
}
