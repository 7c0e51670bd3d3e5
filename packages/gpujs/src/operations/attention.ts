import { rowsOf } from '../gpu/grid.ts';
import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import {
  attendKernel,
  exponentialKernel,
  rowMaximumKernel,
  scoresKernel,
  type AttentionPattern,
} from '../kernels/attention.ts';
import { transposeKernel } from '../kernels/elementwise.ts';
import { requireShape, widthOf } from './shapes.ts';

/** What attention reads. Rows of queries are tokens, heads lie side by side. */
export interface AttentionInputs {
  /** `[…, heads · headSize]` */
  readonly queries: DeviceTensor;
  /** `[…, heads · headSize]`, as many rows as the queries unless the pattern is `all`. */
  readonly keys: DeviceTensor;
  /** Shaped like the keys. */
  readonly values: DeviceTensor;
}

/**
 * Multi-head attention: softmax(q · kᵀ / √size) · v, without the projections before and behind it.
 *
 * @param inputs - queries, keys, values
 * @param heads - number of heads
 * @param pattern - which keys a token attends to
 * @returns `[heads, tokens, headSize]`, for `linearHeads`
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function attention(
  { queries, keys, values }: AttentionInputs,
  heads: number,
  pattern: AttentionPattern,
): Promise<DeviceTensor> {
  const tokens = rowsOf(queries.shape);
  const width = widthOf(queries);
  const headSize = width / heads;
  requireShape(
    Number.isInteger(headSize) &&
      widthOf(keys) === width &&
      keys.signature === values.signature &&
      covers(pattern, tokens, rowsOf(keys.shape)),
    'attention',
    `queries, keys and values of ${heads} heads for ${JSON.stringify(pattern)}`,
    [queries.shape, keys.shape, values.shape],
  );
  const { device } = queries;
  const count = pattern.over === 'all' ? rowsOf(keys.shape) : pattern.size;
  const layout = { tokens, keys: count, headSize, pattern };
  const rows = [heads, tokens, count];
  return scratch(async (own) => {
    const transposed = own(await device.run(transposeKernel, [keys], [width, rowsOf(keys.shape)]));
    const scores = own(await device.run(scoresKernel(layout), [queries, transposed], rows));
    const largest = own(await device.run(rowMaximumKernel(count), [scores], [heads * tokens]));
    const weights = own(await device.run(exponentialKernel, [scores, largest], rows));
    return device.run(attendKernel(layout), [weights, values], [heads, tokens, headSize]);
  });
}

function covers(pattern: AttentionPattern, tokens: number, keys: number): boolean {
  if (pattern.over === 'all') return true;
  if (keys !== tokens) return false;
  if (pattern.over === 'group') return tokens % pattern.size === 0;
  return tokens === pattern.size * pattern.stride;
}
