import type { Misfit } from '../policy.ts';
import { hasStepMask, stepMask, stepMaskPresets, type StepMaskPreset } from './step-masks.ts';

/** The digits of a mask for so many steps: those of a preset are made. All ones where the preset has none. */
export function maskFor(mask: string, steps: number): string {
  if (!isPreset(mask)) return mask;
  return hasStepMask(steps) ? stepMask(mask, steps) : '1'.repeat(steps);
}

/** What does not fit when a mask is used for so many steps. */
export function maskMisfit(mask: string, steps: number): readonly Misfit[] {
  if (isPreset(mask))
    return hasStepMask(steps)
      ? []
      : [
          {
            severity: 'error',
            code: 'other-steps',
            message: `mask=${mask} is defined for 4, 6, and at least 8 steps, not for ${steps}: give its digits`,
          },
        ];
  if (mask === '' || mask.length === steps) return [];
  const message = `the mask has ${mask.length} digits, and there are ${steps} steps: give one digit for each`;
  return [{ severity: 'warning', code: 'other-steps', message }];
}

function isPreset(mask: string): mask is StepMaskPreset {
  return stepMaskPresets.some((preset) => preset === mask);
}
