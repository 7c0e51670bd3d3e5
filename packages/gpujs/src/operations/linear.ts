import { elementsOf, rowsOf } from '../gpu/grid.ts';
import type { DeviceTensor } from '../gpu/tensor.ts';
import type { Activation } from '../kernels/activation.ts';
import { linearHeadsKernel, linearKernel } from '../kernels/linear.ts';
import { requireRow, requireShape, widthOf, type TableRow } from './shapes.ts';

/** A linear layer. */
export interface LinearLayer {
  /** `[inputs, outputs]`: the transpose of what PyTorch keeps. */
  readonly weight: DeviceTensor;
  /** Left out: none. */
  readonly bias?: TableRow;
  /** Applied to each result. Left out: `none`. */
  readonly activation?: Activation;
}

/**
 * x · W + b, then an activation.
 *
 * @param x - `[…, inputs]`
 * @param layer - weight, bias, activation
 * @returns `[…, outputs]`
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function linear(
  x: DeviceTensor,
  { weight, bias, activation = 'none' }: LinearLayer,
): Promise<DeviceTensor> {
  const [inputs = 0, outputs = 0] = weight.shape;
  const fits = weight.shape.length === 2 && x.shape.length >= 2 && widthOf(x) === inputs;
  requireShape(fits, 'linear', `[…, inputs] and [inputs, outputs]`, [x.shape, weight.shape]);
  if (bias) requireRow('linear', bias, outputs);
  const kernel = linearKernel(inputs, activation, bias !== undefined);
  return x.device.run(
    kernel,
    [x, weight, ...(bias ? [bias.table, bias.row] : [])],
    [...x.shape.slice(0, -1), outputs],
  );
}

/**
 * The projection behind attention, which brings the heads of a token together again.
 *
 * @param x - `[heads, tokens, headSize]`, as {@link attention} returns it
 * @param layer - weight `[heads · headSize, outputs]` and bias
 * @param shape - of the result, `[…, outputs]` with as many rows as tokens
 * @throws GpuJsError `SHAPE_MISMATCH`; what running a kernel throws
 */
export function linearHeads(
  x: DeviceTensor,
  { weight, bias }: Required<Omit<LinearLayer, 'activation'>>,
  shape: readonly number[],
): Promise<DeviceTensor> {
  const [heads = 0, tokens = 0, headSize = 0] = x.shape;
  const fits = elementsOf(x.shape) === tokens * (weight.shape[0] ?? 0) && rowsOf(shape) === tokens;
  requireShape(
    fits && shape.at(-1) === weight.shape[1],
    'linear-heads',
    '[heads, tokens, size], [heads · size, outputs] and […, outputs]',
    [x.shape, weight.shape, shape],
  );
  requireRow('linear-heads', bias, weight.shape[1] ?? 0);
  const kernel = linearHeadsKernel(tokens, heads, headSize);
  return x.device.run(kernel, [x, weight, bias.table, bias.row], shape);
}
