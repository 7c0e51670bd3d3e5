import { rowsOf } from '../gpu/grid.ts';
import { scratch } from '../gpu/scratch.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import { inverseDeviationKernel, meanKernel, modulateKernel } from '../kernels/norm.ts';
import { requireRow, widthOf } from './shapes.ts';

/** Layer norm without weights of its own, modulated by a table: adaptive layer norm (adaLN, arXiv 2212.09748). */
export interface Modulation {
  /** `[rows, channels]` */
  readonly table: DeviceTensor;
  /** Row that is added. */
  readonly shift: number;
  /** Row that, plus 1, is multiplied with. */
  readonly scale: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Norms each row, then scales and shifts it.
 *
 * @param x - `[…, channels]`
 * @param modulation - scale and shift
 * @returns a tensor of the shape of x
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function modulatedNorm(
  x: DeviceTensor,
  { table, shift, scale, epsilon }: Modulation,
): Promise<DeviceTensor> {
  const width = widthOf(x);
  for (const row of [shift, scale]) requireRow('modulate', { table, row }, width);
  const rows = [rowsOf(x.shape)];
  const { device } = x;
  return scratch(async (own) => {
    const means = own(await device.run(meanKernel(width), [x], rows));
    const inverses = own(await device.run(inverseDeviationKernel(width, epsilon), [x, means], rows));
    return device.run(modulateKernel, [x, means, inverses, table, shift, scale], x.shape);
  });
}
