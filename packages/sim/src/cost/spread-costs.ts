import { SimError } from '../errors.ts';
import type { CostModel } from './cost-model.ts';

/**
 * The same costs for a stream of another length: for replaying a recording of one model at the costs of another. Each
 * position takes what lies at the same relative depth; the stack as a whole costs what it did.
 *
 * @param costs - of any stream
 * @param length - of the stream they are wanted for
 * @throws SimError `OPTION_INVALID` when a length is no integer of at least 1
 *
 * @example
 * ```ts
 * const costs = spreadCosts(publishedCosts('wan-2.1-14b'), recording.stream.length);
 * ```
 */
export function spreadCosts(costs: CostModel, length: number): CostModel {
  const { whole, value } = costs;
  if (!Number.isInteger(length) || length < 1 || whole.length === 0)
    throw new SimError(
      'OPTION_INVALID',
      `[sim] spreadCosts: expected streams of at least 1 position, got ${whole.length} and ${length}`,
    );
  if (length === whole.length) return costs;
  return { ...costs, whole: spread(whole, length), value: spread(value, length) };
}

function spread(values: readonly number[], length: number): readonly number[] {
  const ratio = values.length / length;
  return Array.from({ length }, (_, position) => {
    const [from, until] = [position * ratio, (position + 1) * ratio];
    let sum = 0;
    for (let index = Math.floor(from); index < until && index < values.length; index++)
      sum += (values[index] ?? 0) * (Math.min(until, index + 1) - Math.max(from, index));
    return sum;
  });
}
