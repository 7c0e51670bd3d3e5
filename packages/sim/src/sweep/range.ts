import type { DesignParameter, ParameterValue, RangeParameter } from './design.ts';

/** So many digits of a value that is not whole stand in a policy id: ids are read, and quoted, by people. */
const SIGNIFICANT_DIGITS = 4;

/** True for a parameter between bounds. */
export function isRange(parameter: DesignParameter): parameter is RangeParameter {
  return 'from' in parameter;
}

/**
 * The value of a parameter at a share of its way, from 0 to 1: of a range between its bounds, rounded to four significant
 * digits; of a list one of its values, each over an equal part of the way.
 */
export function valueAt(parameter: DesignParameter, share: number): ParameterValue {
  if (isRange(parameter)) return rounded(between(parameter, share), parameter);
  const { values } = parameter;
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? '';
}

/** How far on its way from one bound to the other a value of a range is. */
export function shareOf({ from, to, scale = 'linear' }: RangeParameter, value: number): number {
  if (scale === 'log') return Math.log(value / from) / Math.log(to / from);
  return (value - from) / (to - from);
}

/**
 * Values of a parameter, spread evenly from bound to bound; all values of a list.
 *
 * @param parameter - list or range
 * @param count - how many values of a range; one stands in its middle. Rounding may make it fewer
 */
export function spreadOver(parameter: DesignParameter, count: number): readonly ParameterValue[] {
  if (!isRange(parameter)) return parameter.values;
  const shares = Array.from({ length: count }, (_, index) => (count === 1 ? 0.5 : index / (count - 1)));
  return [...new Set(shares.map((share) => valueAt(parameter, share)))];
}

function between({ from, to, scale = 'linear' }: RangeParameter, share: number): number {
  return scale === 'log' ? from * (to / from) ** share : from + (to - from) * share;
}

function rounded(value: number, { from, to, integer = false }: RangeParameter): number {
  const near = integer ? Math.round(value) : Number(value.toPrecision(SIGNIFICANT_DIGITS));
  return Math.min(to, Math.max(from, near));
}
