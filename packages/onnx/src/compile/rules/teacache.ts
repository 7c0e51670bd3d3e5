import { optionsOf, teacache, teacacheRule, type TeaCacheVariant } from '@refrain/core';
import type { Arithmetic, Double } from '../arithmetic.ts';
import { ratioOf } from '../ratio.ts';
import { notCompilable } from '../step-writer.ts';
import type { RuleEmitter } from './rule.ts';

/** TeaCache: looks at a signal that is known before the blocks run, and sums up its rescaled changes. */
export const emitTeacache: RuleEmitter = (policy, step) => {
  const options = optionsOf(teacache, policy.id);
  if (!options) throw notCompilable('its options cannot be read');
  const rule = teacacheRule(options);
  const { variant } = options;
  const { math, steps } = step;
  const warmUp = rule.warmUp(steps);
  const tailFrom = steps - rule.tail;
  const looksAt = (at: number): boolean => at >= warmUp - 1 && !(at >= tailFrom && at > 0);
  const accumulated = step.number('accumulated', 'change accumulated since the last computed step');
  const look = [step.look({ name: 'signal', tap: rule.tap, stride: rule.stride })];
  const looks = step.when(looksAt);
  const [sums] = step.compare(look, looks);
  if (!sums) return;
  const change = ratioOf(math, sums, GUARDS[variant]);
  const sum = ADDITIONS[variant](math, accumulated, rescaled(math, rule.coefficients, change.value, variant));

  const free = step.when(
    (at) => looksAt(at) && at >= warmUp && !rule.arithmetic.forces(at, rule.generation(steps)),
  );
  const below = math.below(sum, math.number(rule.arithmetic.threshold(rule.threshold)));
  const reuse = math.and(free, change.usable, math.isFinite(sum), below);
  step.report(math.choose(math.and(free, change.usable), sum, math.number(Number.NaN)));
  const { reused } = step.gate({ from: 0, until: step.run.stream.length, form: 'residual' }, reuse);
  step.remember(look, looks);
  step.next('accumulated', math.choose(reused, sum, math.number(0)));
};

/** What a variant adds to the denominator of the change. */
const GUARDS: Readonly<Record<TeaCacheVariant, number | undefined>> = {
  teacache: undefined,
  'vllm-omni': 1e-8,
  xdit: undefined,
};

/** The sum after another change: in float64, by its absolute value, or in float32. */
const ADDITIONS: Readonly<
  Record<TeaCacheVariant, (math: Arithmetic, sum: Double, change: Double) => Double>
> = {
  teacache: (math, sum, change) => math.add(sum, change),
  'vllm-omni': (math, sum, change) => math.add(sum, math.magnitude(change)),
  xdit: (math, sum, change) => math.toDouble(math.add(math.toSingle(sum), math.toSingle(change))),
};

/** The polynomial: by Horner's rule in float64, or as a sum of powers in float32. */
function rescaled(
  math: Arithmetic,
  coefficients: readonly number[],
  x: Double,
  variant: TeaCacheVariant,
): Double {
  if (variant !== 'xdit')
    return coefficients.reduce(
      (sum, factor) => math.add(math.multiply(sum, x), math.number(factor)),
      math.number(0),
    );
  const terms = coefficients.map((factor, index) => {
    const power = math.toSingle(math.power(x, coefficients.length - 1 - index));
    return math.multiply(math.rounded(factor), power);
  });
  return math.toDouble(terms.reduce((sum, term) => math.add(sum, term), math.rounded(0)));
}
