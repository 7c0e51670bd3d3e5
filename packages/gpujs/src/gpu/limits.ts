import { GpuJsError } from '../errors.ts';
import type { DeviceLimits } from './backend.ts';
import { elementsOf, gridOf, signatureOf, type Shape } from './grid.ts';

/** Beyond this many elements the index of a vector is no longer exact in float32. */
const LONGEST_VECTOR = 2 ** 24;

/**
 * Refuses a tensor that the device cannot hold, before anything is allocated.
 *
 * @param shape - of the tensor
 * @param limits - of the device
 * @param mode - for the message
 * @throws GpuJsError `LIMIT_EXCEEDED` that names the limit; `SHAPE_MISMATCH` for what is no shape
 */
export function requireRoom(shape: Shape, limits: DeviceLimits, mode: string): void {
  if (shape.length === 0 || !shape.every((size) => Number.isInteger(size) && size > 0))
    throw new GpuJsError(
      'SHAPE_MISMATCH',
      `expected a shape of positive sizes, got ${signatureOf(shape)}; leave empty tensors out`,
    );
  const exceeded = limitsOf(shape, limits).find(({ size, most }) => size > most);
  if (!exceeded) return;
  const { what, size, most } = exceeded;
  throw new GpuJsError(
    'LIMIT_EXCEEDED',
    `a tensor ${signatureOf(shape)} needs ${size} ${what} and ${mode} allows ${most} here; ` +
      'nothing was allocated: use a smaller model, or another mode',
  );
}

function limitsOf(
  shape: Shape,
  { textureSize = Infinity, bufferBytes = Infinity, rows = Infinity }: DeviceLimits,
): readonly { what: string; size: number; most: number }[] {
  const elements = elementsOf(shape);
  const [width = 1, height] = gridOf(shape);
  const bytes = { what: 'bytes in one buffer', size: 4 * elements, most: bufferBytes };
  if (height === undefined)
    return [
      bytes,
      { what: 'elements in a vector', size: elements, most: Math.min(LONGEST_VECTOR, textureSize ** 2) },
    ];
  return [
    bytes,
    { what: 'columns of a texture', size: width, most: textureSize },
    { what: 'rows of a texture', size: height, most: textureSize },
    { what: 'rows', size: height, most: rows },
  ];
}
