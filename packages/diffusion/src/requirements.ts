import { DiffusionError } from './errors.ts';

/** @internal */
export function requirePositive(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0))
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected ${name} to be a finite number above 0, got ${value}.`,
    );
}

/** @internal */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new DiffusionError('OPTION_INVALID', `expected ${name} to be a finite number, got ${value}.`);
}

/** @internal */
export function requireInteger(name: string, value: number, minimum: number, maximum: number): void {
  if (!(Number.isInteger(value) && value >= minimum && value <= maximum))
    throw new DiffusionError(
      'OPTION_INVALID',
      `expected ${name} to be an integer from ${minimum} to ${maximum}, got ${value}.`,
    );
}

/** A sampler of fewer than two steps has nothing between noise and result. @internal */
export function requireSteps(steps: number): void {
  if (steps < 2)
    throw new DiffusionError(
      'STEPS_TOO_FEW',
      `expected at least 2 steps, got ${steps}. Ask for more denoising steps.`,
    );
  requireInteger('steps', steps, 2, Number.MAX_SAFE_INTEGER);
}

/** @internal */
export function requireStepIndex(step: number, steps: number): void {
  if (!(Number.isInteger(step) && step >= 0 && step < steps))
    throw new DiffusionError(
      'STEP_OUT_OF_RANGE',
      `expected a step index from 0 to ${steps - 1}, got ${step}. Steps are counted from 0, noise first.`,
    );
}

/** @internal */
export function requireSameLength(
  expectedName: string,
  expected: ArrayLike<number>,
  actualName: string,
  actual: ArrayLike<number>,
): void {
  if (expected.length !== actual.length)
    throw new DiffusionError(
      'LENGTH_MISMATCH',
      `expected ${actualName} to have the length of ${expectedName}, ${expected.length}, got ${actual.length}. ` +
        'Pass two tensors of one shape.',
    );
}
